#include "table/durable.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>

namespace quarentena {
namespace {

std::optional<std::filesystem::path> local_folder(const std::string& location) {
  constexpr std::string_view scheme = "file://";
  if (location.rfind(scheme, 0) == 0) return percent_decoded(location.substr(scheme.size()));
  if (location.find("://") != std::string::npos) return std::nullopt;
  return location;
}

ErrorKind kind_of(int error) { return error == ENOENT ? ErrorKind::bug : ErrorKind::machine; }

Status sync(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (synced) return {};
  return fail(kind_of(error),
              fmt::format("{} cannot be committed: {}", file.string(), std::strerror(error)),
              "nothing was committed; check the free space and the health of the disk");
}

}  // namespace

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const auto* end = text.data() + i + 3;
      if (std::from_chars(text.data() + i + 1, end, value, 16).ptr == end) {
        decoded += static_cast<char>(value);
        i += 2;
        continue;
      }
    }
    decoded += text[i];
  }
  return decoded;
}

Status make_durable(const std::string& location, const std::vector<NewFile>& files) {
  const auto folder = local_folder(location);
  if (!folder) return {};
  for (const auto& file : files) TRY_STATUS(sync(*folder / percent_decoded(file.path)));
  return {};
}

}  // namespace quarentena
