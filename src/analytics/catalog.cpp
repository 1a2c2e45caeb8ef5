#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "analytics/analytics.h"
#include "analytics/builtin.h"
#include "analytics/header.h"
#include "base/files.h"
#include "config/nearest.h"

namespace quarentena::analytics {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostBytes = 256 * 1024;

/// It becomes an argument, a part of an address and the name of a file.
bool is_name(const std::string& name) {
  constexpr const char* kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return !name.empty() && name.size() <= 64 && name.find_first_not_of(kLetters) == name.npos;
}

Result<Analysis> read(const fs::path& file) {
  const auto name = file.stem().string();
  if (!is_name(name))
    return fail(ErrorKind::config,
                fmt::format("{}: '{}' is no name of an analysis", file.string(), name),
                "letters without accents, digits, _ and - make one, 64 at most");
  std::error_code error;
  if (const auto size = fs::file_size(file, error); !error && size > kMostBytes)
    return fail(ErrorKind::config, fmt::format("{} is larger than 256 KiB", file.string()),
                "is this an analysis?");
  std::ifstream in(file, std::ios::binary);
  if (!in) return tl::unexpected<Error>(disk_error(file, "read", errno));
  const std::string text(std::istreambuf_iterator<char>(in), {});
  TRY_ASSIGN(auto analysis, parse_analysis(name, file.string(), text));
  analysis.file = file;
  return analysis;
}

Status add_folder(const fs::path& folder, std::map<std::string, Analysis>& all) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() != ".sql") continue;
    TRY_ASSIGN(auto analysis, read(entry->path()));
    all[analysis.name] = std::move(analysis);
  }
  if (!error) return {};
  return fail(
      ErrorKind::missing,
      fmt::format("cannot read the folder of analyses {}: {}", folder.string(), error.message()),
      "see `analytics: { folder: ... }` of the configuration, or --folder");
}

}  // namespace

Result<std::vector<Analysis>> list_analyses(const fs::path& folder) {
  std::map<std::string, Analysis> all;
  for (const auto& [name, text] : builtin_files()) {
    TRY_ASSIGN(auto analysis,
               parse_analysis(std::string(name), fmt::format("analytics/{}.sql", name),
                              std::string(text)));
    all[analysis.name] = std::move(analysis);
  }
  if (!folder.empty()) TRY_STATUS(add_folder(folder, all));
  std::vector<Analysis> out;
  for (auto& [name, analysis] : all) out.push_back(std::move(analysis));
  return out;
}

Result<Analysis> find_analysis(const std::vector<Analysis>& analyses, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& analysis : analyses) {
    if (analysis.name == name) return analysis;
    names.push_back(analysis.name);
  }
  const auto near = nearest(name, names);
  return fail(ErrorKind::config, fmt::format("there is no analysis '{}'", name),
              near ? fmt::format("did you mean '{}'?", *near)
                   : fmt::format("there are {}", fmt::join(names, ", ")));
}

}  // namespace quarentena::analytics
