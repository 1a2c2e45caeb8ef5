#include "serve/token_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/date.h"
#include "base/files.h"

namespace quarentena::serve {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "quarentena/tokens/1";

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

Json time_json(const std::optional<std::int64_t>& ms) { return ms ? Json(*ms) : Json(nullptr); }

std::optional<std::int64_t> time_of(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<std::int64_t>());
}

Json json_of(const Token& token) {
  auto scopes = Json::array();
  for (const Scope scope : token.scopes) scopes.push_back(name(scope));
  return {{"id", token.id},
          {"name", token.name},
          {"sha256", token.sha256},
          {"scopes", std::move(scopes)},
          {"canais", token.canais},
          {"keys_per_second", token.keys.per_second},
          {"keys_at_once", token.keys.at_once},
          {"created_ms", token.created_ms},
          {"expires_ms", time_json(token.expires_ms)},
          {"revoked_ms", time_json(token.revoked_ms)}};
}

/// Throws what nlohmann throws.
Token token_of(const Json& value) {
  Token token;
  token.id = value.at("id").get<std::string>();
  token.name = value.at("name").get<std::string>();
  token.sha256 = value.at("sha256").get<std::string>();
  // A scope of a later version gives nothing here.
  for (const auto& each : value.at("scopes"))
    if (const auto scope = scope_named(each.get<std::string>())) token.scopes.push_back(*scope);
  token.canais = value.at("canais").get<std::vector<std::string>>();
  token.keys = {value.at("keys_per_second").get<std::int64_t>(),
                value.at("keys_at_once").get<std::int64_t>()};
  token.created_ms = value.at("created_ms").get<std::int64_t>();
  token.expires_ms = time_of(value.at("expires_ms"));
  token.revoked_ms = time_of(value.at("revoked_ms"));
  return token;
}

Result<std::vector<Token>> parse(const std::string& text, const fs::path& file) {
  try {
    const Json root = Json::parse(text);
    if (root.at("schema") != kSchema)
      return fail(ErrorKind::data, fmt::format("{} is not a file of tokens", file.string()),
                  fmt::format("its schema is not {}: `serve: {{ tokens: ... }}` names another file",
                              kSchema));
    std::vector<Token> tokens;
    for (const auto& each : root.at("tokens")) tokens.push_back(token_of(each));
    return tokens;
  } catch (const nlohmann::json::exception&) {
    // Its words would quote the file.
    return fail(ErrorKind::data, fmt::format("{} is not a file of tokens", file.string()),
                "restore it, or remove it and make the tokens anew: `quarentena tokens create`");
  }
}

Status write(const fs::path& file, const std::vector<Token>& tokens) {
  auto list = Json::array();
  for (const Token& token : tokens) list.push_back(json_of(token));
  const std::string text = Json{{"schema", kSchema}, {"tokens", std::move(list)}}.dump(2) + "\n";
  const fs::path fresh = file.string() + ".new";
  {
    const Descriptor out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (out.number() < 0) return tl::unexpected<Error>(disk_error(fresh, "write", errno));
    ::fchmod(out.number(), 0600);
    for (std::size_t at = 0; at < text.size();) {
      const auto count = ::write(out.number(), text.data() + at, text.size() - at);
      if (count < 0 && errno != EINTR)
        return tl::unexpected<Error>(disk_error(fresh, "write", errno));
      if (count > 0) at += static_cast<std::size_t>(count);
    }
    if (::fsync(out.number()) != 0) return tl::unexpected<Error>(disk_error(fresh, "write", errno));
  }
  if (::rename(fresh.c_str(), file.c_str()) != 0)
    return tl::unexpected<Error>(disk_error(file, "write", errno));
  return sync_folder(file.parent_path());
}

}  // namespace

Result<std::vector<Token>> read_tokens(const fs::path& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) {
    if (errno == ENOENT) return std::vector<Token>{};
    return tl::unexpected<Error>(disk_error(file, "read", errno));
  }
  if ((found.st_mode & 077U) != 0)
    return fail(ErrorKind::auth,
                fmt::format("others may read or write {} (mode {:04o})", file.string(),
                            found.st_mode & 07777U),
                fmt::format("chmod 600 {}", file.string()));
  std::ifstream in(file, std::ios::binary);
  if (!in) return tl::unexpected<Error>(disk_error(file, "read", errno));
  return parse({std::istreambuf_iterator<char>(in), {}}, file);
}

Status change_tokens(const fs::path& file,
                     const std::function<Status(std::vector<Token>&)>& change) {
  std::error_code ignored;
  fs::create_directories(file.parent_path(), ignored);
  const fs::path lock = file.string() + ".lock";
  const Descriptor held(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (held.number() < 0) return tl::unexpected<Error>(disk_error(lock, "write", errno));
  while (::flock(held.number(), LOCK_EX) != 0)
    if (errno != EINTR) return tl::unexpected<Error>(disk_error(lock, "lock", errno));
  TRY_ASSIGN(auto tokens, read_tokens(file));
  TRY_STATUS(change(tokens));
  return write(file, tokens);
}

}  // namespace quarentena::serve
