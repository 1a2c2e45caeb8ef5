#include "config/analytics.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "config/document.h"
#include "config/problem.h"

namespace quarentena {

Result<std::filesystem::path> load_analyses_folder(const std::filesystem::path& file) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(file, error).lexically_normal();
  std::ifstream in(absolute, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::vector<Problem> problems;
  const auto root = yaml::parse(text, problems);
  if (!in || !root || !problems.empty())
    return fail(ErrorKind::config, fmt::format("{} changed while it was read", absolute.string()),
                "`quarentena config check` tells what is wrong with it");
  const auto* analytics = yaml::child(*root, "analytics", yaml::Node::Kind::map);
  const auto* folder =
      analytics ? yaml::child(*analytics, "folder", yaml::Node::Kind::text) : nullptr;
  if (!folder) return std::filesystem::path();
  return (absolute.parent_path() / folder->scalar).lexically_normal();
}

}  // namespace quarentena
