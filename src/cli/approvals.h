#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "run/pipeline.h"

/// What a person answers for: `--approve-release CANAL=N`, `--accept-change SOURCE`, and why:
/// `--reason TEXT`.
namespace quarentena::cli {

struct Approvals {
  std::vector<std::string> releases;  ///< as typed
  std::vector<std::string> changed_sources;
  std::string reason;
};

/// `approvals` must outlive the verb's parsing.
void add_approval_options(CLI::App& verb, Approvals& approvals);

/// Errors: config (not CANAL=N, or no reason).
Result<Approved> read_approvals(const Approvals& approvals);

}  // namespace quarentena::cli
