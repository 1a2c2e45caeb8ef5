#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "serve/token_bucket.h"

/// Who may ask what over HTTP. A token is `qrt_<id>_<secret>`, the secret being 256 random bits:
/// the file of tokens holds the SHA-256 of the whole, which tells nobody the token, and the id,
/// which logs may show.
namespace quarentena::serve {

enum class Scope : std::uint8_t {
  check,
  explain,
  status,
  metrics,
  read,  ///< the page: counts, decisions, runs, analytics
};
inline constexpr std::array kScopes = {Scope::check, Scope::explain, Scope::status, Scope::metrics,
                                       Scope::read};
const char* name(Scope scope);
std::optional<Scope> scope_named(std::string_view text);

enum class Refusal : std::uint8_t { none, no_token, unknown, expired, revoked };

struct Token {
  std::string id;    ///< 12 hex digits
  std::string name;  ///< for people: who has it
  std::string sha256;
  std::vector<Scope> scopes;
  std::vector<std::string> canais;  ///< the campaign channels it may ask about; empty: all
  Rate keys;                        ///< that it may ask about
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> expires_ms;
  std::optional<std::int64_t> revoked_ms;

  bool may(Scope scope) const;
  Refusal state(std::int64_t now_ms) const;  ///< none, expired or revoked
  bool may_ask_about(std::string_view canal) const;
};

/// In the order of their making. An absent file has none. Errors: auth (others may read or write
/// it), data (not a file of tokens), machine.
Result<std::vector<Token>> read_tokens(const std::filesystem::path& file);

struct CreatedToken {
  Token token;
  Secret text;  ///< what the client sends; it is nowhere else
};
/// Makes the token's id, secret and time of making, and adds it to the file, which nobody but its
/// owner may read. Commands that run at once wait for each other. Errors: those of read_tokens().
Result<CreatedToken> create_token(const std::filesystem::path& file, Token wanted);

/// Errors: those of read_tokens(), and missing. Revoking twice keeps the first time.
Result<Token> revoke_token(const std::filesystem::path& file, const std::string& id);

/// A token that the server knows, with what is left of its rate.
struct Grant {
  Token token;
  std::shared_ptr<TokenBucket> keys;
};

/// The tokens of one reading of the file. Never changed once made; safe from any thread.
class TokenSet {
 public:
  /// `before`: buckets of tokens that did not change are kept. May be null.
  TokenSet(std::vector<Token> tokens, const TokenSet* before);

  struct Verdict {
    const Grant* grant = nullptr;  ///< lives as long as the set; null: see `refusal`
    Refusal refusal = Refusal::none;
  };
  bool empty() const { return grants_.empty(); }
  /// Somebody has a token that is good now and for this.
  bool anybody_may(Scope scope, std::int64_t now_ms) const;

  /// `authorization` is the header's value: `Bearer qrt_...`. The digests are compared in constant
  /// time; which ids there are is no secret.
  Verdict judge(std::string_view authorization, std::int64_t now_ms) const;

 private:
  std::unordered_map<std::string, Grant> grants_;
};

}  // namespace quarentena::serve
