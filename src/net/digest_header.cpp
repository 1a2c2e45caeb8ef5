#include "net/digest_header.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <memory>
#include <vector>

namespace quarentena {
namespace {

/// The value of `name=...` in a list such as `sha-256=:abc=:, md5=xyz==`; names without case.
std::string member(std::string list, std::string_view name) {
  std::string_view rest = list;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    auto item = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    const auto equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    const auto key = item.substr(0, equals);
    const bool same =
        std::equal(key.begin(), key.end(), name.begin(), name.end(),
                   [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
    if (!same) continue;
    auto value = item.substr(equals + 1);
    while (!value.empty() && (value.front() == ':' || value.front() == ' ')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == ':' || value.back() == ' ')) value.remove_suffix(1);
    return std::string(value);
  }
  return {};
}

}  // namespace

std::optional<PromisedDigest> promised_digest(const HttpResponse& head) {
  for (const auto* header : {"repr-digest", "digest"}) {
    const auto& list = head.header(header);
    if (list.empty()) continue;
    if (auto value = member(list, "sha-512"); !value.empty())
      return PromisedDigest{"SHA512", value};
    if (auto value = member(list, "sha-256"); !value.empty())
      return PromisedDigest{"SHA256", value};
    if (auto value = member(list, "md5"); !value.empty()) return PromisedDigest{"MD5", value};
  }
  if (const auto& value = head.header("content-md5"); head.status == 200 && !value.empty())
    return PromisedDigest{"MD5", value};
  return {};
}

Status check_digest(const std::filesystem::path& file, const PromisedDigest& promised) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  const auto* method = EVP_get_digestbyname(promised.algorithm);
  if (!context || !method || EVP_DigestInit_ex(context.get(), method, nullptr) != 1)
    return {};  // an algorithm this machine forbids (MD5 under FIPS) cannot be checked
  std::ifstream in(file, std::ios::binary);
  std::vector<char> piece(1 << 20);
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    EVP_DigestUpdate(context.get(), piece.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (!in.eof())
    return fail(ErrorKind::machine, fmt::format("cannot read {} again", file.string()));
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context.get(), raw.data(), &size);
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> text{};
  const int length = EVP_EncodeBlock(text.data(), raw.data(), static_cast<int>(size));
  const std::string got(text.begin(), text.begin() + length);
  if (got == promised.base64) return {};
  return fail(ErrorKind::data,
              fmt::format("the bytes that arrived have {} {}, the server promised {}",
                          promised.algorithm, got, promised.base64),
              "the file was damaged on the way or changed meanwhile; run again");
}

}  // namespace quarentena
