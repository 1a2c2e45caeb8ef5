#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace quarentena {

/// What the operator can do about a failure. It decides the exit code and whether to retry.
enum class ErrorKind {
  config,     ///< the configuration or the command line is wrong: edit and run again
  auth,       ///< credentials or permissions are wrong: never retried
  missing,    ///< what was asked for is not there
  transient,  ///< network or server; the same call may work later
  data,       ///< the delivered bytes are not what the configuration says
  conflict,   ///< another writer got there first
  machine,    ///< disk full, out of memory, a signal
  bug,        ///< ours
};

/// What is wrong with delivered bytes, where that is known: the source ledger tells them apart.
enum class Defect {
  none,
  empty,      ///< nothing in it
  truncated,  ///< it ends before its end
  drifted,    ///< not the columns that the configuration names
};

/// `what` states the fact with the value in it; `hint` says what to do next (may be empty).
/// Neither holds a secret or a client's personal data.
struct Error {
  ErrorKind kind = ErrorKind::bug;
  std::string what;
  std::string hint;
  Defect defect = Defect::none;
  std::string source = {};  ///< the source whose delivery is to blame; empty: not known, or none
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, std::string what,
                                                std::string hint = {}) {
  return tl::unexpected<Error>(Error{kind, std::move(what), std::move(hint), Defect::none, {}});
}

[[nodiscard]] inline tl::unexpected<Error> fail(Defect defect, std::string what,
                                                std::string hint = {}) {
  return tl::unexpected<Error>(
      Error{ErrorKind::data, std::move(what), std::move(hint), defect, {}});
}

/// Passes on the error of a Result of another type.
template <class T>
[[nodiscard]] tl::unexpected<Error> fail_with(Result<T>&& result) {
  return tl::unexpected<Error>(std::move(result.error()));
}

/// The process exit code for a run that ended in this kind of error (docs/cli.md).
[[nodiscard]] int exit_code(ErrorKind kind);

/// "config", "auth", ... as written in reports.
[[nodiscard]] const char* name(ErrorKind kind);

}  // namespace quarentena

/// Evaluates a Result expression; returns its error from the enclosing function, or binds its
/// value.
#define QUARENTENA_CONCAT_(a, b) a##b
#define QUARENTENA_CONCAT(a, b) QUARENTENA_CONCAT_(a, b)
#define QUARENTENA_TRY_AS_(tmp, decl, expr)                                     \
  auto tmp = (expr);                                                            \
  if (!tmp) return tl::unexpected<::quarentena::Error>(std::move(tmp.error())); \
  decl = std::move(*tmp)
#define TRY_ASSIGN(decl, expr) QUARENTENA_TRY_AS_(QUARENTENA_CONCAT(result_, __LINE__), decl, expr)
#define TRY_STATUS(expr)                                                      \
  do {                                                                        \
    if (auto status_ = (expr); !status_)                                      \
      return tl::unexpected<::quarentena::Error>(std::move(status_.error())); \
  } while (false)
