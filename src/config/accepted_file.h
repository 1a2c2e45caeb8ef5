#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "base/error.h"
#include "config/document.h"
#include "config/problem.h"

namespace quarentena {

/// A part of a configuration file that load_plan() accepts, for who needs that part only. Errors:
/// config.
/// `read` is given the root, the file's folder and where problems go.
template <class Part, class Read>
Result<Part> read_accepted(const std::filesystem::path& file, const Read& read) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(file, error).lexically_normal();
  std::ifstream in(absolute, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::vector<Problem> problems;
  const auto root = yaml::parse(text, problems);
  Part part;
  if (root) part = read(*root, absolute.parent_path(), problems);
  if (in && problems.empty()) return part;
  return fail(ErrorKind::config, fmt::format("{} changed while it was read", absolute.string()),
              "`quarentena config check` tells what is wrong with it");
}

}  // namespace quarentena
