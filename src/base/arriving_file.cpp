#include "base/arriving_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/quick_xor_hash.h"
#include "base/sha256.h"

namespace quarentena {
namespace {

/// Fits the processor's cache, and a digest of it costs much more than to wake a thread.
constexpr std::int64_t kBlock = 256 << 10;
constexpr std::size_t kMostWaiting = 16;        ///< blocks that nobody digested yet
constexpr std::int64_t kWriteBehind = 8 << 20;  ///< the disk is kept busy meanwhile

Status write_at(int fd, const std::filesystem::path& file, std::string_view bytes,
                std::int64_t at) {
  while (!bytes.empty()) {
    const auto wrote = ::pwrite(fd, bytes.data(), bytes.size(), at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0)
      return tl::unexpected<Error>(disk_error(file, "write", wrote < 0 ? errno : ENOSPC));
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
    at += wrote;
  }
  return {};
}

}  // namespace

class ArrivingFile::Sums {
 public:
  explicit Sums(const ArrivingFile& file)
      : path_(file.file_), fd_(file.fd_), beginning_(file.beginning_), wanted_(file.wanted_) {}

  void add(std::string_view bytes) {
    sha256_.add(bytes);
    if (wanted_ == Digests::sha256_and_quick_xor) quick_xor_.add(bytes);
  }
  /// What an earlier process left.
  Status add_beginning() {
    std::string block(static_cast<std::size_t>(std::min(beginning_, kBlock)), '\0');
    for (std::int64_t at = 0; at < beginning_;) {
      const auto wanted = static_cast<std::size_t>(std::min(beginning_ - at, kBlock));
      const auto got = ::pread(fd_, block.data(), wanted, at);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return tl::unexpected<Error>(disk_error(path_, "read", got < 0 ? errno : EIO));
      add({block.data(), static_cast<std::size_t>(got)});
      at += got;
    }
    return {};
  }
  FileDigests result() {
    return {sha256_.hex(),
            wanted_ == Digests::sha256_and_quick_xor ? quick_xor_.base64() : std::string()};
  }

 private:
  const std::filesystem::path path_;
  const int fd_;
  const std::int64_t beginning_;
  const Digests wanted_;
  Sha256 sha256_;
  QuickXorHash quick_xor_;
};

class ArrivingFile::Digester {
 public:
  explicit Digester(const ArrivingFile& file) : sums_(file), thread_([this] { run(); }) {}
  /// What is left is not digested: who wants the result asked for it before.
  ~Digester() {
    end(End::now);
    if (thread_.joinable()) thread_.join();
  }
  Digester(const Digester&) = delete;
  Digester& operator=(const Digester&) = delete;

  /// Takes the bytes and leaves an empty block. Waits while too many wait already.
  void take(std::string& block) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() < kMostWaiting; });
    waiting_.push_back(std::move(block));
    block.clear();
    if (!spare_.empty()) {
      block = std::move(spare_.back());
      spare_.pop_back();
    }
    if (waiting_.size() == 1) changed_.notify_one();
  }

  Result<FileDigests> result() {
    end(End::when_digested);
    thread_.join();
    if (!status_) return tl::unexpected<Error>(status_.error());
    return sums_.result();
  }

 private:
  enum class End { not_yet, when_digested, now };

  void end(End how) {
    const std::lock_guard lock(mutex_);
    end_ = how;
    changed_.notify_one();
  }

  void run() {
    status_ = sums_.add_beginning();
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] { return !waiting_.empty() || end_ != End::not_yet; });
      if (waiting_.empty() || end_ == End::now) return;
      std::string block = std::move(waiting_.front());
      waiting_.pop_front();
      if (waiting_.size() == kMostWaiting - 1) changed_.notify_one();
      lock.unlock();
      sums_.add(block);
      block.clear();
      lock.lock();
      spare_.push_back(std::move(block));
    }
  }

  Sums sums_;      // the thread's, until it has ended
  Status status_;  // likewise
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> waiting_;
  std::vector<std::string> spare_;  ///< fresh memory costs more than a digest of it
  End end_ = End::not_yet;
  std::thread thread_;
};

ArrivingFile::ArrivingFile(std::filesystem::path file, Digests digests)
    : file_(std::move(file)), wanted_(digests) {}

ArrivingFile::~ArrivingFile() {
  static_cast<void>(write_block());
  digester_.reset();
  if (fd_ >= 0) ::close(fd_);
}

Status ArrivingFile::open() {
  fd_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) return tl::unexpected<Error>(disk_error(file_, "write", errno));
  struct stat about {};
  if (::fstat(fd_, &about) != 0) return tl::unexpected<Error>(disk_error(file_, "read", errno));
  size_ = beginning_ = flushed_ = about.st_size;
  return {};
}

Status ArrivingFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    // Blocks end where the file system's do.
    const auto room = static_cast<std::size_t>(kBlock - size_ % kBlock);
    const auto piece = bytes.substr(0, room);
    block_ += piece;
    size_ += static_cast<std::int64_t>(piece.size());
    bytes.remove_prefix(piece.size());
    if (piece.size() < room) break;
    TRY_STATUS(write_block());
    if (!digester_) digester_ = std::make_unique<Digester>(*this);
    digester_->take(block_);
  }
  return {};
}

Status ArrivingFile::begin_again() {
  digester_.reset();
  block_.clear();
  if (::ftruncate(fd_, 0) != 0) return tl::unexpected<Error>(disk_error(file_, "write", errno));
  size_ = beginning_ = flushed_ = 0;
  return {};
}

Result<FileDigests> ArrivingFile::finish() {
  TRY_STATUS(write_block());
  if (digester_) digester_->take(block_);
  const std::string last = std::exchange(block_, {});
  if (::fdatasync(fd_) != 0) return tl::unexpected<Error>(disk_error(file_, "write", errno));
  if (digester_) return digester_->result();
  Sums sums(*this);
  TRY_STATUS(sums.add_beginning());
  sums.add(last);
  return sums.result();
}

Status ArrivingFile::write_block() {
  if (fd_ < 0 || block_.empty()) return {};
  const auto from = size_ - static_cast<std::int64_t>(block_.size());
  TRY_STATUS(write_at(fd_, file_, block_, from));
  write_behind();
  return {};
}

/// So that the fdatasync at the end has little left to wait for.
void ArrivingFile::write_behind() {
  if (size_ - flushed_ < kWriteBehind) return;
  ::sync_file_range(fd_, flushed_, size_ - flushed_, SYNC_FILE_RANGE_WRITE);
  flushed_ = size_;
}

}  // namespace quarentena
