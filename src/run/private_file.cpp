#include "run/private_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "run/work_folder.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kBuffer = 1 << 16;

}  // namespace

PrivateFile::PrivateFile(const fs::path& path) : path_(path) {
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);
  fs::remove(path, ignored);
  descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor_ < 0) error_ = errno;
}

PrivateFile::~PrivateFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void PrivateFile::write(const std::string& text) {
  buffer_ += text;
  if (buffer_.size() > kBuffer) flush();
}

Status PrivateFile::close() {
  flush();
  if (error_ == 0 && ::fsync(descriptor_) != 0) error_ = errno;
  if (error_ == 0) return {};
  return cannot("write", path_, std::error_code(error_, std::generic_category()));
}

void PrivateFile::flush() {
  for (std::size_t at = 0; error_ == 0 && at < buffer_.size();) {
    const auto count = ::write(descriptor_, buffer_.data() + at, buffer_.size() - at);
    if (count < 0 && errno != EINTR) error_ = errno;
    if (count > 0) at += static_cast<std::size_t>(count);
  }
  buffer_.clear();
}

}  // namespace quarentena
