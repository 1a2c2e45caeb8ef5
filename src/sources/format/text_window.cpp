#include "sources/format/text_window.h"

#include <fmt/format.h>

#include <cstring>

namespace quarentena {
namespace {

std::unique_ptr<char[]> padded_buffer(std::size_t capacity) {
  std::unique_ptr<char[]> buffer(new char[capacity + TextWindow::kPadding]);
  std::memset(buffer.get() + capacity, 0, TextWindow::kPadding);
  return buffer;
}

}  // namespace

TextWindow::TextWindow(std::unique_ptr<ByteSource> source, std::string name, std::size_t capacity)
    : source_(std::move(source)),
      name_(std::move(name)),
      buffer_(padded_buffer(capacity)),
      capacity_(capacity) {}

void TextWindow::consume(const char* position) {
  begin_ = static_cast<std::size_t>(position - buffer_.get());
}

Status TextWindow::make_room() {
  const std::size_t left = size();
  // Half full of one unfinished record: room for twice as much, so that work stays linear.
  if (left <= capacity_ / 2) {
    std::memmove(buffer_.get(), begin(), left);
  } else {
    if (capacity_ >= kLargest) {
      return fail(ErrorKind::data,
                  fmt::format("{}: a record is longer than {} MiB", name_, kLargest >> 20),
                  "check the separator, the quotes and the line ends of the file");
    }
    capacity_ *= 2;
    auto larger = padded_buffer(capacity_);
    std::memcpy(larger.get(), begin(), left);
    buffer_ = std::move(larger);
  }
  begin_ = 0;
  end_ = left;
  return {};
}

Status TextWindow::refill(char newline) {
  if (complete_) return {};
  TRY_STATUS(make_room());
  // One byte stays free for the newline at the end.
  TRY_ASSIGN(const std::size_t got,
             read_fully(*source_, buffer_.get() + end_, capacity_ - 1 - end_));
  complete_ = got < capacity_ - 1 - end_;
  end_ += got;
  if (complete_ && size() > 0 && buffer_[end_ - 1] != newline) buffer_[end_++] = newline;
  std::memset(buffer_.get() + end_, 0, kPadding);
  return {};
}

}  // namespace quarentena
