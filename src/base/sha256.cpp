// SHA256_Init and its like are deprecated for being of one algorithm; EVP costs three times as much
// on a text of one block.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/sha256.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/hex.h"

namespace quarentena {

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr);
}
Sha256::~Sha256() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

void Sha256::add(std::string_view bytes) {
  EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size());
}

void Sha256::add_field(std::string_view text) {
  add(std::to_string(text.size()));
  add(":");
  add(text);
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), bytes.data(), &size);
  return hex_of(std::string_view(reinterpret_cast<const char*>(bytes.data()), size));
}

std::array<unsigned char, 32> sha256_of(std::string_view text) {
  std::array<unsigned char, 32> out;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, text.data(), text.size());
  SHA256_Final(out.data(), &context);
  return out;
}

Result<std::string> sha256_of_file(const std::filesystem::path& file) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const auto failed = [&] {
    const auto kind = errno == ENOENT   ? ErrorKind::missing
                      : errno == EACCES ? ErrorKind::auth
                                        : ErrorKind::machine;
    return fail(kind, fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)));
  };
  if (fd < 0) return failed();
  posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  Sha256 digest;
  constexpr std::size_t kBlock = 1 << 18;
  const auto block = std::make_unique<char[]>(kBlock);
  ssize_t got = 0;
  while ((got = read(fd, block.get(), kBlock)) > 0)
    digest.add({block.get(), static_cast<std::size_t>(got)});
  const bool bad = got < 0;
  auto error = bad ? Result<std::string>(failed()) : Result<std::string>(digest.hex());
  close(fd);
  return error;
}

}  // namespace quarentena
