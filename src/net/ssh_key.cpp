#include "net/ssh_key.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/sha256.h"

namespace quarentena {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string_view unpadded(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  return text;
}

std::string bytes_of_hex(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return out;
}

}  // namespace

std::string base64_encoded(std::string_view bytes) {
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) out += kAlphabet[(bits >> (count - 6)) & 63];
    bits &= 63;
  }
  if (count > 0) out += kAlphabet[(bits << (6 - count)) & 63];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

std::string base64_decoded(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    const auto value = kAlphabet.find(c);
    if (value == std::string_view::npos) break;
    bits = ((bits << 6) | static_cast<unsigned>(value)) & 0xFFFFFF;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>((bits >> count) & 0xFF);
  }
  return out;
}

std::string HostKey::type() const {
  if (blob.size() < 4) return {};
  std::size_t length = 0;
  for (int i = 0; i < 4; ++i)
    length = (length << 8) | static_cast<unsigned char>(blob[static_cast<std::size_t>(i)]);
  return length > 0 && length <= 64 && blob.size() >= 4 + length ? blob.substr(4, length) : "";
}

std::string HostKey::fingerprint() const {
  Sha256 digest;
  digest.add(blob);
  const std::string text = base64_encoded(bytes_of_hex(digest.hex()));
  return fmt::format("SHA256:{}", unpadded(text));
}

std::string HostKey::base64() const { return base64_encoded(blob); }

bool same_fingerprint(std::string_view a, std::string_view b) { return unpadded(a) == unpadded(b); }

bool is_rsa_key(std::string_view private_key) {
  if (private_key.find("BEGIN RSA PRIVATE KEY") != std::string_view::npos) return true;
  static constexpr std::string_view kBegin = "-----BEGIN OPENSSH PRIVATE KEY-----";
  const auto begin = private_key.find(kBegin);
  if (begin == std::string_view::npos) return false;
  // The public half stands first and is never encrypted.
  const std::string start = base64_decoded(private_key.substr(begin + kBegin.size(), 400));
  return start.find("ssh-rsa") != std::string::npos;
}

Result<MemoryFile> MemoryFile::holding(std::string_view content) {
  MemoryFile file(memfd_create("quarentena", MFD_CLOEXEC));
  while (file.descriptor_ >= 0 && !content.empty()) {
    const auto written = write(file.descriptor_, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (file.descriptor_ >= 0 && content.empty()) return file;
  return fail(ErrorKind::machine,
              fmt::format("cannot keep a key in memory: {}", std::strerror(errno)));
}

MemoryFile& MemoryFile::operator=(MemoryFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

MemoryFile::~MemoryFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace quarentena
