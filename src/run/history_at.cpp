#include "run/history_at.h"

#include "base/slashes.h"

namespace quarentena {

TableAt history_at(const TableAt& table) {
  return TableAt(path_without_slash(table.location) + "_runs", table.store);
}

}  // namespace quarentena
