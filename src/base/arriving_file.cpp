#include "base/arriving_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/quick_xor_hash.h"
#include "base/sha256.h"

namespace quarentena {
namespace {

/// Fits the processor's cache, and what is done with it costs much more than to wake a thread.
constexpr std::int64_t kBlock = 256 << 10;
constexpr std::size_t kMostWaiting = 32;        ///< blocks that nobody took yet
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

/// A thread that writes and digests, block by block, what comes meanwhile.
class ArrivingFile::Writer {
 public:
  explicit Writer(const ArrivingFile& file)
      : path_(file.file_),
        fd_(file.fd_),
        size_(file.beginning_),
        flushed_(file.beginning_),
        sums_(file),
        thread_([this] { run(); }) {}
  ~Writer() { end(End::forgotten); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Takes the bytes and leaves an empty block. Waits while too many wait already. The error may be
  /// of an earlier block.
  Status take(std::string& block) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() < kMostWaiting; });
    waiting_.push_back(std::move(block));
    block.clear();
    if (!spare_.empty()) {
      block = std::move(spare_.back());
      spare_.pop_back();
    }
    if (waiting_.size() == 1) changed_.notify_one();
    return so_far_;
  }

  /// Everything that was taken is written.
  Result<FileDigests> digests() {
    end(End::digested);
    if (!so_far_) return tl::unexpected<Error>(so_far_.error());
    return sums_.result();
  }
  /// The same where nobody asks for the digests.
  void write_rest() { end(End::written); }

 private:
  /// What becomes of the blocks that wait still.
  enum class End { not_yet, digested, written, forgotten };

  void end(End how) {
    {
      const std::lock_guard lock(mutex_);
      end_ = how;
      changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
  }

  void run() {
    Status status = sums_.add_beginning();
    std::vector<std::string> blocks;
    std::unique_lock lock(mutex_);
    while (true) {
      so_far_ = status;
      std::move(blocks.begin(), blocks.end(), std::back_inserter(spare_));
      blocks.clear();
      changed_.wait(lock, [&] { return !waiting_.empty() || end_ != End::not_yet; });
      if (waiting_.empty() || end_ == End::forgotten) return;
      blocks.swap(waiting_);
      const bool digested = end_ != End::written;
      if (blocks.size() == kMostWaiting) changed_.notify_one();
      lock.unlock();
      for (auto& block : blocks) {
        if (status) status = write(block);
        if (status && digested) sums_.add(block);
        block.clear();
      }
      lock.lock();
    }
  }

  Status write(std::string_view block) {
    TRY_STATUS(write_at(fd_, path_, block, size_));
    size_ += static_cast<std::int64_t>(block.size());
    // So that the fdatasync at the end has little left to wait for.
    if (size_ - flushed_ < kWriteBehind) return {};
    ::sync_file_range(fd_, flushed_, size_ - flushed_, SYNC_FILE_RANGE_WRITE);
    flushed_ = size_;
    return {};
  }

  const std::filesystem::path path_;
  const int fd_;
  std::int64_t size_;     // the thread's, until it has ended
  std::int64_t flushed_;  // likewise
  Sums sums_;             // likewise
  std::mutex mutex_;
  std::condition_variable changed_;
  Status so_far_;
  std::vector<std::string> waiting_;
  std::vector<std::string> spare_;  ///< fresh memory costs more than a digest of it
  End end_ = End::not_yet;
  std::thread thread_;
};

ArrivingFile::ArrivingFile(std::filesystem::path file, Digests digests)
    : file_(std::move(file)), wanted_(digests) {}

ArrivingFile::~ArrivingFile() {
  if (fd_ < 0) return;
  static_cast<void>(hand_over());
  if (writer_) writer_->write_rest();
  writer_.reset();
  ::close(fd_);
}

Status ArrivingFile::open() {
  fd_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) return tl::unexpected<Error>(disk_error(file_, "write", errno));
  struct stat about {};
  if (::fstat(fd_, &about) != 0) return tl::unexpected<Error>(disk_error(file_, "read", errno));
  size_ = beginning_ = about.st_size;
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
    if (!writer_) writer_ = std::make_unique<Writer>(*this);
    TRY_STATUS(hand_over());
  }
  return {};
}

/// A file of less than a block is not worth a thread.
Status ArrivingFile::hand_over() {
  if (writer_) return writer_->take(block_);
  return write_at(fd_, file_, block_, beginning_);
}

Status ArrivingFile::begin_again() {
  writer_.reset();
  block_.clear();
  if (::ftruncate(fd_, 0) != 0) return tl::unexpected<Error>(disk_error(file_, "write", errno));
  size_ = beginning_ = 0;
  return {};
}

Result<FileDigests> ArrivingFile::finish() {
  TRY_STATUS(hand_over());
  Result<FileDigests> digests;
  if (writer_) {
    digests = writer_->digests();
  } else {
    Sums sums(*this);
    TRY_STATUS(sums.add_beginning());
    sums.add(block_);
    digests = sums.result();
  }
  block_.clear();
  if (digests && ::fdatasync(fd_) != 0)
    return tl::unexpected<Error>(disk_error(file_, "write", errno));
  return digests;
}

}  // namespace quarentena
