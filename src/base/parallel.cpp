#include "base/parallel.h"

#include <fmt/format.h>

namespace quarentena {

Status combined(const std::vector<Status>& results) {
  std::vector<Error> errors;
  for (const auto& result : results)
    if (!result) errors.push_back(result.error());
  if (errors.empty()) return {};
  if (errors.size() == 1) return tl::unexpected<Error>(errors.front());

  Error all{errors.front().kind, fmt::format("{} things went wrong:", errors.size()), ""};
  for (const auto& error : errors) {
    if (all.kind == ErrorKind::transient) all.kind = error.kind;
    all.what += "\n  " + error.what;
    if (!error.hint.empty()) all.what += "\n    hint: " + error.hint;
  }
  return tl::unexpected<Error>(std::move(all));
}

}  // namespace quarentena
