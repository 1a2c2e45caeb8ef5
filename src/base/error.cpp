#include "base/error.h"

namespace quarentena {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::config:
    case ErrorKind::auth:
    case ErrorKind::missing:
    case ErrorKind::data:
      return 1;
    case ErrorKind::transient:
    case ErrorKind::conflict:
      return 5;
    case ErrorKind::machine:
    case ErrorKind::bug:
      return 2;
  }
  return 2;
}

const char* name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::config:
      return "config";
    case ErrorKind::auth:
      return "auth";
    case ErrorKind::missing:
      return "missing";
    case ErrorKind::transient:
      return "transient";
    case ErrorKind::data:
      return "data";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::machine:
      return "machine";
    case ErrorKind::bug:
      return "bug";
  }
  return "bug";
}

}  // namespace quarentena
