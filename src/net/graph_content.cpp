#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <vector>

#include "base/sha256.h"
#include "net/graph.h"
#include "net/quick_xor_hash.h"

namespace quarentena {
namespace {

constexpr std::size_t kBlock = 1 << 20;

Result<std::int64_t> each_block(const std::filesystem::path& file,
                                const std::function<void(std::string_view)>& use) {
  std::ifstream in(file, std::ios::binary);
  std::vector<char> block(kBlock);
  std::int64_t size = 0;
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    use({block.data(), static_cast<std::size_t>(in.gcount())});
    size += in.gcount();
  }
  if (in.bad() || !in.eof())
    return fail(ErrorKind::machine,
                fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)));
  return size;
}

class Sha1 {
 public:
  Sha1() : context_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(context_.get(), EVP_sha1(), nullptr); }
  void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
    std::string out;
    for (unsigned i = 0; i < size; ++i) out += fmt::format("{:02x}", digest[i]);
    return out;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

struct Checksum {
  const char* name;
  std::string expected, found;
  std::int64_t size;
};

template <class Hash, class Text>
Result<Checksum> checksum(const char* name, const std::string& expected,
                          const std::filesystem::path& file, Text text) {
  Hash hash;
  TRY_ASSIGN(const std::int64_t size,
             each_block(file, [&](std::string_view bytes) { hash.add(bytes); }));
  return Checksum{name, expected, text(hash), size};
}

Result<Checksum> strongest(const GraphItem& item, const std::filesystem::path& file) {
  const auto hex = [](auto& hash) { return hash.hex(); };
  if (!item.sha256.empty()) return checksum<Sha256>("sha256Hash", item.sha256, file, hex);
  if (!item.sha1.empty()) return checksum<Sha1>("sha1Hash", item.sha1, file, hex);
  if (!item.quick_xor_hash.empty())
    return checksum<QuickXorHash>("quickXorHash", item.quick_xor_hash, file,
                                  [](const QuickXorHash& hash) { return hash.base64(); });
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error)
    return fail(ErrorKind::machine,
                fmt::format("cannot read {}: {}", file.string(), error.message()));
  return Checksum{"size", {}, {}, static_cast<std::int64_t>(size)};
}

}  // namespace

Status verify_content(const GraphItem& item, const std::filesystem::path& file) {
  TRY_ASSIGN(const Checksum sum, strongest(item, file));
  constexpr const char* kHint =
      "it was changed while it came, or the library alters what it hands out (rights management, "
      "sensitivity labels); run again, then ask its administrator";
  if (sum.size != item.size_bytes)
    return fail(ErrorKind::data,
                fmt::format("'{}' came with {} bytes, SharePoint tells of {}", item.name, sum.size,
                            item.size_bytes),
                kHint);
  if (sum.found != sum.expected)
    return fail(ErrorKind::data,
                fmt::format("'{}' came with the {} {}, SharePoint tells of {}", item.name, sum.name,
                            sum.found, sum.expected),
                kHint);
  return {};
}

}  // namespace quarentena
