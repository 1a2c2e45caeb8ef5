#include "base/secret.h"

#include <openssl/crypto.h>

#include <utility>

namespace quarentena {

void wipe(std::string& text) noexcept {
  // Up to the capacity: a text that shrank leaves its tail behind. The string is first grown to it
  // within its buffer, which allocates nothing.
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

Secret::Secret(std::string&& text) : text_(text) { quarentena::wipe(text); }
Secret::Secret(std::string_view text) : text_(text) {}
Secret::~Secret() { wipe(); }
Secret::Secret(const Secret& other) = default;
// A moved-from short string keeps its characters in its own buffer: copied, then wiped.
Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }

Secret& Secret::operator=(const Secret& other) {
  if (this == &other) return *this;
  wipe();
  text_ = other.text_;
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  text_ = std::move(other.text_);
  other.wipe();
  return *this;
}

void Secret::wipe() noexcept { quarentena::wipe(text_); }

}  // namespace quarentena
