#include "lookup/key_hash.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/files.h"
#include "base/sha256.h"
#include "identity/identity.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

class SipState {
 public:
  explicit SipState(const HashSecret& secret)
      : v0_(secret[0] ^ 0x736f6d6570736575),
        v1_(secret[1] ^ 0x646f72616e646f6d),
        v2_(secret[0] ^ 0x6c7967656e657261),
        v3_(secret[1] ^ 0x7465646279746573) {}

  void add(std::uint64_t word) {
    v3_ ^= word;
    round();
    v0_ ^= word;
  }
  std::uint64_t finish() {
    v2_ ^= 0xff;
    for (int i = 0; i < 3; ++i) round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  static std::uint64_t turned(std::uint64_t x, int bits) {
    return (x << bits) | (x >> (64 - bits));
  }
  void round() {
    v0_ += v1_;
    v1_ = turned(v1_, 13) ^ v0_;
    v0_ = turned(v0_, 32);
    v2_ += v3_;
    v3_ = turned(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = turned(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = turned(v1_, 17) ^ v2_;
    v2_ = turned(v2_, 32);
  }

  std::uint64_t v0_, v1_, v2_, v3_;
};

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

using Digest = std::array<unsigned char, 32>;

std::optional<Digest> digest_in(std::string_view hex) {
  Digest out;
  if (hex.size() != 2 * out.size()) return std::nullopt;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return out;
}

std::optional<Digest> digest_of(KeyKind kind, std::string_view text) {
  const auto key = kind == KeyKind::email      ? email_key(text)
                   : kind == KeyKind::telefone ? phone_key(text)
                                               : cpf_key(text);
  if (!key) return std::nullopt;
  return sha256_of(*key);
}

/// 0 stands for no key.
std::uint64_t some(std::uint64_t hash) { return hash == 0 ? 1 : hash; }

Result<HashSecret> read_secret(const fs::path& file) {
  HashSecret secret{};
  std::ifstream in(file, std::ios::binary);
  in.read(reinterpret_cast<char*>(secret.data()), sizeof(secret));
  if (in.gcount() == sizeof(secret)) return secret;
  return fail(ErrorKind::machine, fmt::format("cannot read {}", file.string()),
              "the index is made again once that file is removed");
}

/// Whole before it has its name, and never in the place of another process's.
Status make_secret(const fs::path& file) {
  HashSecret secret{};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()), sizeof(secret)) != 1)
    return fail(ErrorKind::machine, "this machine gives no random numbers");
  auto draft = file.string() + ".XXXXXX";
  const int fd = mkstemp(draft.data());  // 0600
  if (fd < 0) return tl::unexpected<Error>(disk_error(draft, "write", errno));
  const bool whole = write(fd, secret.data(), sizeof(secret)) == sizeof(secret) && fsync(fd) == 0;
  const int failed = whole ? 0 : errno;
  close(fd);
  const bool linked = whole && (link(draft.c_str(), file.c_str()) == 0 || errno == EEXIST);
  const int link_failed = linked ? 0 : errno;
  unlink(draft.c_str());
  if (!whole) return tl::unexpected<Error>(disk_error(file, "write", failed));
  if (!linked) return tl::unexpected<Error>(disk_error(file, "write", link_failed));
  return {};
}

}  // namespace

std::uint64_t siphash(const HashSecret& secret, std::uint64_t first, std::string_view rest) {
  SipState state(secret);
  state.add(first);
  const std::size_t size = rest.size() + 8;
  std::uint64_t word = 0;
  for (; rest.size() >= 8; rest.remove_prefix(8)) {
    std::memcpy(&word, rest.data(), 8);
    state.add(word);
  }
  word = 0;
  std::memcpy(&word, rest.data(), rest.size());
  state.add(word | static_cast<std::uint64_t>(size) << 56);
  return state.finish();
}

Result<HashSecret> secret_in(const fs::path& folder) {
  const auto file = folder / "key";
  if (access(file.c_str(), F_OK) != 0) TRY_STATUS(make_secret(file));
  return read_secret(file);
}

std::uint64_t fingerprint(const HashSecret& secret) { return siphash(secret, ~0ULL, "index"); }

std::optional<std::uint64_t> key_hash(const HashSecret& secret, KeyType type,
                                      std::string_view text) {
  const auto domain = static_cast<std::uint64_t>(type.kind);
  text = trimmed(text);
  if (text.empty()) return std::nullopt;
  if (type.kind == KeyKind::id_cliente) return some(siphash(secret, domain, text));
  const auto digest = type.form == KeyForm::sha256 ? digest_in(text) : digest_of(type.kind, text);
  if (!digest) return std::nullopt;
  return some(
      siphash(secret, domain, {reinterpret_cast<const char*>(digest->data()), digest->size()}));
}

}  // namespace quarentena
