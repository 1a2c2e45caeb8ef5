#pragma once

#include <filesystem>
#include <memory>

#include "lookup/index_file.h"

namespace quarentena {

/// A new index file, written through memory and put in its place by rename. Its room on the disk is
/// taken first, so that writing cannot fail. Not synced: a file that a crash of the machine tore is
/// told by its checksums and made again. Internal to src/lookup.
class IndexWriter {
 public:
  /// Errors: machine (disk full).
  static Result<std::unique_ptr<IndexWriter>> create(const std::filesystem::path& file,
                                                     const Description& description);
  /// Nothing is left unless finish() went well.
  ~IndexWriter();
  IndexWriter(const IndexWriter&) = delete;
  IndexWriter& operator=(const IndexWriter&) = delete;

  /// Where an array goes: zeros at first.
  template <class T>
  T* values(const Place& place) const {
    return reinterpret_cast<T*>(bytes_ + sections_at_ + place.at);
  }
  /// Errors: machine.
  Status finish(const HashSecret& secret, std::size_t threads);

 private:
  IndexWriter() = default;
  Status map(int fd);

  std::filesystem::path file_;
  std::filesystem::path draft_;  ///< empty once it has its name
  std::string description_;
  std::uint64_t sections_at_ = 0;
  std::uint64_t blocks_ = 0;
  std::size_t size_ = 0;
  char* bytes_ = nullptr;
};

}  // namespace quarentena
