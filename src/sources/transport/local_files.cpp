#include <fmt/format.h>
#include <fnmatch.h>
#include <glob.h>

#include <algorithm>
#include <cerrno>

#include "sources/transport/transport.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

bool is_pattern(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }

bool is_hidden(const fs::path& name) {
  const auto text = name.filename().string();
  return text.empty() || text[0] == '_' || text[0] == '.';
}

/// The folder named in an error when a location holds nothing: the deepest one that exists.
fs::path deepest_existing(fs::path path) {
  std::error_code error;
  while (!path.empty() && path != path.parent_path() && !fs::exists(path, error))
    path = path.parent_path();
  return path;
}

tl::unexpected<Error> not_there(const std::string& location, const Source& source) {
  const auto near = deepest_existing(location);
  return fail(
      ErrorKind::missing, fmt::format("source '{}': nothing at {}", source.name, location),
      fmt::format(
          "the deepest folder that exists is {}; is the delivery late, or `location` wrong?",
          near.string()));
}

tl::unexpected<Error> file_error(const Source& source, const fs::path& path,
                                 const std::error_code& error) {
  const bool denied =
      error == std::errc::permission_denied || error == std::errc::operation_not_permitted;
  return fail(
      denied ? ErrorKind::auth : ErrorKind::machine,
      fmt::format("source '{}': cannot read {}: {}", source.name, path.string(), error.message()),
      denied ? "give the user that runs quarentena permission to read it" : "");
}

Result<std::vector<fs::path>> in_folder(const fs::path& folder, const Source& source) {
  std::vector<fs::path> out;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    if (is_hidden(entry->path())) {
      if (entry->is_directory(error)) entry.disable_recursion_pending();
      continue;
    }
    if (entry->is_regular_file(error)) out.push_back(entry->path());
  }
  if (error) return file_error(source, folder, error);
  return out;
}

/// A folder on the way that is not there matches nothing; one that may not be read hides what is in
/// it.
int stop_at_closed_folder(const char*, int error) { return error == EACCES; }

Result<std::vector<fs::path>> matching(const std::string& pattern, const Source& source) {
  glob_t found{};
  const int status = glob(pattern.c_str(), 0, stop_at_closed_folder, &found);
  std::vector<fs::path> out;
  if (status == 0)
    for (std::size_t i = 0; i < found.gl_pathc; ++i) out.emplace_back(found.gl_pathv[i]);
  globfree(&found);
  if (status == GLOB_ABORTED)
    return file_error(source, fs::path(pattern).parent_path(),
                      std::make_error_code(std::errc::permission_denied));
  out.erase(std::remove_if(out.begin(), out.end(), [](const fs::path& p) { return is_hidden(p); }),
            out.end());
  return out;
}

}  // namespace

Result<Delivery> find_local_files(const std::string& location, const Source& source,
                                  const FetchContext&) {
  Delivery delivery;
  std::error_code error;
  const auto status = fs::status(location, error);
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory)
    return file_error(source, location, error);

  std::vector<fs::path> paths;
  if (fs::is_directory(status)) {
    delivery.root = location;
    TRY_ASSIGN(paths, in_folder(location, source));
  } else if (fs::exists(status)) {
    paths = {location};
  } else if (is_pattern(location)) {
    TRY_ASSIGN(paths, matching(location, source));
  }
  if (paths.empty()) return not_there(location, source);

  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    DeliveredFile file{path, 0, 0, {}};
    file.size_bytes = static_cast<std::int64_t>(fs::file_size(path, error));
    if (error) return file_error(source, path, error);
    if (file.size_bytes == 0)
      return fail(Defect::empty,
                  fmt::format("source '{}': {} is empty (0 bytes)", source.name, path.string()),
                  "an empty file is not a delivery; ask its sender for it again");
    const auto changed = fs::last_write_time(path, error);
    const auto system = std::chrono::file_clock::to_sys(changed);
    file.modified_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(system.time_since_epoch()).count();
    delivery.size_bytes += file.size_bytes;
    delivery.files.push_back(std::move(file));
  }
  return delivery;
}

}  // namespace quarentena
