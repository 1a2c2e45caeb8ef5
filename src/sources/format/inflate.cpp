#include "sources/format/inflate.h"

#include <fmt/format.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>

namespace quarentena {
namespace {

constexpr std::size_t kInputBytes = std::size_t{128} << 10;
constexpr const char* kSendAgain =
    "the delivery was cut off or changed on the way: fetch or send the file again";

std::uint32_t crc32_of(std::uint32_t crc, const char* data, std::size_t size) {
  return crc32_gzip_refl(crc, reinterpret_cast<const unsigned char*>(data), size);
}

/// Both wrappers of deflate. ISA-L checks a gzip member's own CRC; a zip member's is checked here.
class InflateSource : public ByteSource {
 public:
  InflateSource(std::unique_ptr<ByteSource> packed, std::string name,
                std::optional<Promised> promised, const InflateLimits& limits)
      : packed_(std::move(packed)),
        name_(std::move(name)),
        promised_(promised),
        limits_(limits),
        input_(new unsigned char[kInputBytes]),
        state_(std::make_unique<inflate_state>()) {
    isal_inflate_init(state_.get());
    state_->crc_flag = promised_ ? ISAL_DEFLATE : ISAL_GZIP;
  }

  Result<std::size_t> read(char* out, std::size_t capacity) override {
    state_->next_out = reinterpret_cast<unsigned char*>(out);
    state_->avail_out = static_cast<std::uint32_t>(
        std::min<std::size_t>(capacity, std::numeric_limits<std::int32_t>::max()));
    const std::uint32_t wanted = state_->avail_out;
    while (state_->avail_out == wanted && !ended_) TRY_STATUS(step());
    const std::size_t got = wanted - state_->avail_out;
    produced_ += got;
    if (promised_) crc_ = crc32_of(crc_, out, got);
    TRY_STATUS(check_limits());
    if (got == 0 && promised_) TRY_STATUS(check_promise());
    return got;
  }

  std::uint64_t consumed() const override { return packed_->consumed(); }

 private:
  Status step() {
    if (state_->avail_in == 0 && !input_ended_) TRY_STATUS(fill());
    if (state_->block_state == ISAL_BLOCK_FINISH) return next_member();
    const std::uint32_t in = state_->avail_in;
    const std::uint32_t out = state_->avail_out;
    const int code = isal_inflate(state_.get());
    if (code < 0) {
      return fail(ErrorKind::data,
                  fmt::format("{}: the compressed data is damaged near byte {}", name_, consumed()),
                  kSendAgain);
    }
    const bool stuck = in == state_->avail_in && out == state_->avail_out;
    if (input_ended_ && stuck && state_->block_state != ISAL_BLOCK_FINISH) {
      return fail(
          Defect::truncated,
          fmt::format("{}: the compressed data ends too early, after {} bytes", name_, consumed()),
          kSendAgain);
    }
    return {};
  }

  /// gzip allows members one after the other; writers to tape pad the end with zeros.
  Status next_member() {
    if (promised_) return end();
    if (state_->avail_in == 0 && input_ended_) return end();
    if (*state_->next_in == 0) {
      const auto* last = state_->next_in + state_->avail_in;
      state_->next_in = std::find_if(state_->next_in, const_cast<unsigned char*>(last),
                                     [](unsigned char c) { return c != 0; });
      state_->avail_in = static_cast<std::uint32_t>(last - state_->next_in);
      return {};
    }
    if (*state_->next_in != 0x1f) {
      return fail(ErrorKind::data,
                  fmt::format("{}: there is something else after the gzip data", name_),
                  kSendAgain);
    }
    unsigned char* next = state_->next_in;
    const std::uint32_t left = state_->avail_in;
    isal_inflate_reset(state_.get());
    state_->crc_flag = ISAL_GZIP;
    state_->next_in = next;
    state_->avail_in = left;
    return {};
  }

  Status end() {
    ended_ = true;
    return {};
  }

  Status fill() {
    TRY_ASSIGN(const std::size_t got,
               packed_->read(reinterpret_cast<char*>(input_.get()), kInputBytes));
    input_ended_ = got == 0;
    state_->next_in = input_.get();
    state_->avail_in = static_cast<std::uint32_t>(got);
    return {};
  }

  Status check_limits() const {
    const std::uint64_t packed = std::max<std::uint64_t>(consumed(), 1);
    const bool too_dense =
        produced_ > limits_.ratio_from_bytes && produced_ / packed >= limits_.ratio;
    if (produced_ <= limits_.bytes && !too_dense) return {};
    return fail(ErrorKind::data,
                fmt::format("{}: {} compressed bytes unpack to more than {}: taken for a zip bomb",
                            name_, packed, produced_),
                "if the file is genuine, deliver it uncompressed or in parts");
  }

  Status check_promise() const {
    if (produced_ == promised_->size && crc_ == promised_->crc32) return {};
    return fail(Defect::truncated,
                fmt::format("{}: {} bytes unpacked where the archive promises {}, or their "
                            "checksum differs",
                            name_, produced_, promised_->size),
                kSendAgain);
  }

  std::unique_ptr<ByteSource> packed_;
  std::string name_;
  std::optional<Promised> promised_;
  InflateLimits limits_;
  std::unique_ptr<unsigned char[]> input_;
  std::unique_ptr<inflate_state> state_;
  std::uint64_t produced_ = 0;
  std::uint32_t crc_ = 0;
  bool input_ended_ = false;
  bool ended_ = false;
};

class StoredSource : public ByteSource {
 public:
  StoredSource(std::unique_ptr<ByteSource> plain, std::string name, const Promised& promised)
      : plain_(std::move(plain)), name_(std::move(name)), promised_(promised) {}

  Result<std::size_t> read(char* out, std::size_t capacity) override {
    TRY_ASSIGN(const std::size_t got, plain_->read(out, capacity));
    produced_ += got;
    crc_ = crc32_of(crc_, out, got);
    if (got == 0 && (produced_ != promised_.size || crc_ != promised_.crc32)) {
      return fail(Defect::truncated,
                  fmt::format("{}: size or checksum differ from the archive's", name_), kSendAgain);
    }
    return got;
  }

  std::uint64_t consumed() const override { return plain_->consumed(); }

 private:
  std::unique_ptr<ByteSource> plain_;
  std::string name_;
  Promised promised_;
  std::uint64_t produced_ = 0;
  std::uint32_t crc_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> inflate_gzip(std::unique_ptr<ByteSource> packed, std::string name,
                                         const InflateLimits& limits) {
  return std::make_unique<InflateSource>(std::move(packed), std::move(name), std::nullopt, limits);
}

std::unique_ptr<ByteSource> inflate_deflate(std::unique_ptr<ByteSource> packed, std::string name,
                                            const Promised& promised, const InflateLimits& limits) {
  return std::make_unique<InflateSource>(std::move(packed), std::move(name), promised, limits);
}

std::unique_ptr<ByteSource> check_stored(std::unique_ptr<ByteSource> plain, std::string name,
                                         const Promised& promised) {
  return std::make_unique<StoredSource>(std::move(plain), std::move(name), promised);
}

}  // namespace quarentena
