#include "base/growing_digest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "base/sha256.h"

namespace quarentena {
namespace {

/// Woken for less, the thread would cost more than it saves; more of it would be left at the end.
constexpr std::int64_t kStep = 256 << 10;

tl::unexpected<Error> unreadable(const std::filesystem::path& file, const char* why) {
  return fail(ErrorKind::machine, fmt::format("cannot read {}: {}", file.string(), why));
}

}  // namespace

class GrowingDigest::Reader {
 public:
  explicit Reader(const std::filesystem::path& file)
      : file_(file),
        fd_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)),
        opened_(fd_ >= 0 ? 0 : errno),
        thread_([this] { follow(); }) {}

  /// What is left is not read: who wants the digest asked for it before.
  ~Reader() {
    end(End::now);
    if (thread_.joinable()) thread_.join();
    if (fd_ >= 0) ::close(fd_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void grew_to(std::int64_t size) {
    const std::lock_guard lock(mutex_);
    size_ = size;
    if (size_ - at_ >= kStep) changed_.notify_one();
  }

  Result<std::string> hex() {
    end(End::when_read);
    thread_.join();
    if (!status_) return tl::unexpected<Error>(status_.error());
    return digest_.hex();
  }

 private:
  enum class End { not_yet, when_read, now };

  void end(End how) {
    const std::lock_guard lock(mutex_);
    end_ = how;
    changed_.notify_one();
  }

  void follow() {
    if (opened_ != 0) status_ = unreadable(file_, std::strerror(opened_));
    std::vector<char> block(kStep);
    std::unique_lock lock(mutex_);
    while (status_) {
      changed_.wait(lock, [&] { return end_ != End::not_yet || size_ - at_ >= kStep; });
      if (end_ == End::now || at_ == size_) return;
      const auto from = at_;
      const auto wanted = static_cast<std::size_t>(std::min(size_ - at_, kStep));
      lock.unlock();
      const auto got = ::pread(fd_, block.data(), wanted, from);
      const int code = errno;
      if (got > 0) digest_.add({block.data(), static_cast<std::size_t>(got)});
      lock.lock();
      if (got > 0) at_ += got;
      if (got == 0) status_ = unreadable(file_, "it is shorter than what was written");
      if (got < 0 && code != EINTR) status_ = unreadable(file_, std::strerror(code));
    }
  }

  const std::filesystem::path file_;
  const int fd_;
  const int opened_;  ///< errno
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t size_ = 0;
  std::int64_t at_ = 0;
  End end_ = End::not_yet;
  Status status_;  // the thread's, until it has ended
  Sha256 digest_;  // likewise
  std::thread thread_;
};

GrowingDigest::GrowingDigest(std::filesystem::path file) : file_(std::move(file)) {}
GrowingDigest::~GrowingDigest() = default;

void GrowingDigest::grew_to(std::int64_t size) {
  size_ = size;
  if (size_ < kStep) return;
  if (!reader_) reader_ = std::make_unique<Reader>(file_);
  reader_->grew_to(size_);
}

void GrowingDigest::begin_again() {
  reader_.reset();
  size_ = 0;
}

Result<std::string> GrowingDigest::hex() {
  if (reader_) return reader_->hex();
  return sha256_of_file(file_);
}

}  // namespace quarentena
