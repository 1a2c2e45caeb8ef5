#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "run/pipeline.h"

/// The release brake's options: `--approve-release CANAL=N --reason TEXT`.
namespace quarentena::cli {

struct Approvals {
  std::vector<std::string> releases;  ///< as typed
  std::string reason;
};

/// `approvals` must outlive the verb's parsing.
void add_approval_options(CLI::App& verb, Approvals& approvals);

/// Errors: config (not CANAL=N, or no reason).
Result<ApprovedReleases> read_approvals(const Approvals& approvals);

}  // namespace quarentena::cli
