#include "serve/tokens.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>

#include "base/date.h"
#include "base/hex.h"
#include "base/sha256.h"
#include "serve/token_file.h"

namespace quarentena::serve {
namespace {

constexpr std::string_view kPrefix = "qrt_";
constexpr std::size_t kIdSize = 12;
constexpr std::size_t kSecretSize = 43;  // 256 bits in base64url, without padding
constexpr std::size_t kTokenSize = kPrefix.size() + kIdSize + 1 + kSecretSize;

Status random_bytes(unsigned char* bytes, std::size_t size) {
  if (RAND_bytes(bytes, static_cast<int>(size)) == 1) return {};
  return fail(ErrorKind::machine, "this machine gives no random numbers");
}

std::string base64url(const std::array<unsigned char, 32>& bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned held = 0, bits = 0;
  for (const unsigned char byte : bytes) {
    held = (held << 8U) | byte;
    for (bits += 8; bits >= 6; bits -= 6) out += kDigits[(held >> (bits - 6)) & 63U];
  }
  out += kDigits[(held << (6 - bits)) & 63U];
  return out;
}

/// RFC 6750; the scheme's case does not count.
std::string_view bearer(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() < kScheme.size()) return {};
  for (std::size_t i = 0; i < kScheme.size(); ++i)
    if ((static_cast<unsigned char>(authorization[i]) | 0x20U) !=
        static_cast<unsigned char>(kScheme[i]))
      return {};
  authorization.remove_prefix(kScheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  while (authorization.ends_with(' ')) authorization.remove_suffix(1);
  return authorization;
}

}  // namespace

const char* name(Scope scope) {
  constexpr std::array kNames = {"check", "explain", "status", "metrics", "read"};
  return kNames[static_cast<std::size_t>(scope)];
}

std::optional<Scope> scope_named(std::string_view text) {
  for (const Scope scope : kScopes)
    if (text == name(scope)) return scope;
  return std::nullopt;
}

bool Token::may(Scope scope) const {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

Refusal Token::state(std::int64_t now_ms) const {
  if (revoked_ms) return Refusal::revoked;
  return expires_ms && *expires_ms <= now_ms ? Refusal::expired : Refusal::none;
}

bool Token::may_ask_about(std::string_view canal) const {
  return canais.empty() || std::find(canais.begin(), canais.end(), canal) != canais.end();
}

Result<CreatedToken> create_token(const std::filesystem::path& file, Token wanted) {
  std::array<unsigned char, kIdSize / 2> id{};
  std::array<unsigned char, 32> secret{};
  TRY_STATUS(random_bytes(id.data(), id.size()));
  TRY_STATUS(random_bytes(secret.data(), secret.size()));
  wanted.id = hex_of(id);
  Secret text(fmt::format("{}{}_{}", kPrefix, wanted.id, base64url(secret)));
  OPENSSL_cleanse(secret.data(), secret.size());
  wanted.sha256 = hex_of(sha256_of(text.reveal()));
  wanted.created_ms = now_ms();
  TRY_STATUS(change_tokens(file, [&](std::vector<Token>& tokens) -> Status {
    tokens.push_back(wanted);
    return {};
  }));
  return CreatedToken{std::move(wanted), std::move(text)};
}

Result<Token> revoke_token(const std::filesystem::path& file, const std::string& id) {
  Token revoked;
  TRY_STATUS(change_tokens(file, [&](std::vector<Token>& tokens) -> Status {
    const auto found = std::find_if(tokens.begin(), tokens.end(),
                                    [&](const Token& token) { return token.id == id; });
    if (found == tokens.end())
      return fail(ErrorKind::missing, fmt::format("there is no token '{}'", id),
                  "`quarentena tokens list` shows their ids");
    if (!found->revoked_ms) found->revoked_ms = now_ms();
    revoked = *found;
    return {};
  }));
  return revoked;
}

TokenSet::TokenSet(std::vector<Token> tokens, const TokenSet* before) {
  for (Token& token : tokens) {
    std::shared_ptr<TokenBucket> keys;
    if (before != nullptr)
      if (const auto old = before->grants_.find(token.id);
          old != before->grants_.end() && old->second.token.keys == token.keys)
        keys = old->second.keys;
    if (!keys) keys = std::make_shared<TokenBucket>(token.keys);
    std::string id = token.id;
    grants_.insert_or_assign(std::move(id), Grant{std::move(token), std::move(keys)});
  }
}

TokenSet::Verdict TokenSet::judge(std::string_view authorization, std::int64_t now_ms) const {
  const std::string_view text = bearer(authorization);
  if (text.empty()) return {nullptr, Refusal::no_token};
  if (text.size() != kTokenSize || !text.starts_with(kPrefix)) return {nullptr, Refusal::unknown};
  const auto found = grants_.find(std::string(text.substr(kPrefix.size(), kIdSize)));
  if (found == grants_.end()) return {nullptr, Refusal::unknown};
  const Token& token = found->second.token;
  const std::string digest = hex_of(sha256_of(text));
  if (token.sha256.size() != digest.size() ||
      CRYPTO_memcmp(token.sha256.data(), digest.data(), digest.size()) != 0)
    return {nullptr, Refusal::unknown};
  const Refusal state = token.state(now_ms);
  return {state == Refusal::none ? &found->second : nullptr, state};
}

bool TokenSet::anybody_may(Scope scope, std::int64_t now_ms) const {
  return std::any_of(grants_.begin(), grants_.end(), [&](const auto& each) {
    const Token& token = each.second.token;
    return token.may(scope) && token.state(now_ms) == Refusal::none;
  });
}

}  // namespace quarentena::serve
