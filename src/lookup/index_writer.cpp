#include "lookup/index_writer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/files.h"
#include "base/parallel.h"

namespace quarentena {

Result<std::unique_ptr<IndexWriter>> IndexWriter::create(const std::filesystem::path& file,
                                                         const Description& description) {
  std::unique_ptr<IndexWriter> writer(new IndexWriter());
  writer->file_ = file;
  writer->description_ = to_text(description);
  const auto whole_blocks = [](std::uint64_t bytes) {
    return (bytes + kBlockBytes - 1) / kBlockBytes;
  };
  writer->blocks_ = whole_blocks(description.layout.bytes);
  const auto head = sizeof(Preamble) + writer->description_.size() + writer->blocks_ * 8;
  writer->sections_at_ = whole_blocks(head) * kBlockBytes;
  writer->size_ = writer->sections_at_ + description.layout.bytes;
  auto draft = file.string() + ".XXXXXX";
  const int fd = mkstemp(draft.data());  // its owner's only
  if (fd < 0) return tl::unexpected<Error>(disk_error(draft, "write", errno));
  writer->draft_ = draft;
  const auto status = writer->map(fd);
  close(fd);
  TRY_STATUS(status);
  return writer;
}

Status IndexWriter::map(int fd) {
  if (const int failed = posix_fallocate(fd, 0, static_cast<off_t>(size_)); failed != 0)
    return tl::unexpected<Error>(disk_error(file_, "write", failed));
  void* mapped = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) return tl::unexpected<Error>(disk_error(file_, "map", errno));
  bytes_ = static_cast<char*>(mapped);
  return {};
}

IndexWriter::~IndexWriter() {
  if (bytes_ != nullptr) munmap(bytes_, size_);
  if (!draft_.empty()) unlink(draft_.c_str());
}

Status IndexWriter::finish(const HashSecret& secret, std::size_t threads) {
  const auto* sections = bytes_ + sections_at_;
  std::vector<std::uint64_t> sums(blocks_);
  in_parallel(blocks_, threads, [&](std::size_t block) -> Status {
    const auto begin = block * kBlockBytes;
    sums[block] = checksum(sections + begin, std::min(kBlockBytes, size_ - sections_at_ - begin));
    return {};
  });
  auto* head = bytes_ + sizeof(Preamble);
  std::memcpy(head, description_.data(), description_.size());
  std::memcpy(head + description_.size(), sums.data(), sums.size() * 8);
  Preamble preamble;
  preamble.description_bytes = static_cast<std::uint32_t>(description_.size());
  preamble.file_bytes = size_;
  preamble.sections_at = sections_at_;
  preamble.blocks = blocks_;
  preamble.secret = fingerprint(secret);
  preamble.description_sum = checksum(head, description_.size() + sums.size() * 8);
  preamble.preamble_sum = checksum(&preamble, offsetof(Preamble, preamble_sum));
  std::memcpy(bytes_, &preamble, sizeof(preamble));
  if (rename(draft_.c_str(), file_.c_str()) != 0)
    return tl::unexpected<Error>(disk_error(file_, "write", errno));
  draft_.clear();
  return {};
}

}  // namespace quarentena
