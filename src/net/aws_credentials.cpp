#include "net/aws_credentials.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/date.h"
#include "net/aws_metadata.h"
#include "net/aws_profiles.h"
#include "net/command_output.h"

namespace quarentena {
namespace {

using MaybeKeys = Result<std::optional<AwsKeys>>;

constexpr int kLongestChain = 8;
constexpr std::chrono::milliseconds kProcessTimeout{60'000};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string first_of(std::initializer_list<std::string> texts) {
  for (const auto& text : texts)
    if (!text.empty()) return text;
  return "";
}

std::string value_of(const AwsProfile& profile, const std::string& key) {
  const auto found = profile.find(key);
  return found == profile.end() ? "" : found->second;
}

Result<Secret> token_in(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return fail(ErrorKind::auth, fmt::format("cannot read the web identity token {}", file),
                "its path is AWS_WEB_IDENTITY_TOKEN_FILE's, or the profile's");
  std::string text(std::istreambuf_iterator<char>(in), {});
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return Secret(std::move(text));
}

/// One search for keys, by the settings at hand.
class Chain {
 public:
  Chain(const Secrets& auth, std::string region, const std::atomic<bool>* stop)
      : auth_(auth), region_(std::move(region)), stop_(stop) {}

  Result<AwsKeys> keys() const {
    TRY_ASSIGN(auto found, found_keys());
    const auto arn = text("role_arn");
    if (arn.empty()) return found;
    return assume_role(role(arn, text("role_session_name"), text("external_id")), found, stop_);
  }

 private:
  std::string text(const std::string& key) const { return secret_of(auth_, key).reveal(); }

  AwsRole role(const std::string& arn, const std::string& session,
               const std::string& external_id) const {
    return {arn, session.empty() ? fmt::format("quarentena-{}", getpid()) : session, external_id,
            region_};
  }

  Result<AwsKeys> found_keys() const {
    if (!text("access_key_id").empty())
      return AwsKeys{text("access_key_id"),
                     secret_of(auth_, "secret_access_key"),
                     secret_of(auth_, "session_token"),
                     {}};
    if (const auto profile = text("profile"); !profile.empty()) return demanded(profile);
    for (const auto step :
         {&Chain::from_environment, &Chain::from_web_identity, &Chain::from_default_profile}) {
      TRY_ASSIGN(auto found, (this->*step)());
      if (found) return std::move(*found);
    }
    for (const auto ask : {container_keys, instance_keys}) {
      TRY_ASSIGN(auto found, ask(stop_));
      if (found) return std::move(*found);
    }
    return fail(ErrorKind::auth, "no credentials of AWS are to be found",
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, or give `auth: { "
                "profile: ... }`; a public bucket takes `auth: { anonymous: true }`");
  }

  MaybeKeys from_environment() const {
    AwsKeys keys{variable("AWS_ACCESS_KEY_ID"),
                 Secret(variable("AWS_SECRET_ACCESS_KEY")),
                 Secret(variable("AWS_SESSION_TOKEN")),
                 {}};
    if (keys.access_key_id.empty() || keys.secret_access_key.empty()) return std::nullopt;
    return keys;
  }

  MaybeKeys from_web_identity() const {
    const auto file = variable("AWS_WEB_IDENTITY_TOKEN_FILE"), arn = variable("AWS_ROLE_ARN");
    if (file.empty() || arn.empty()) return std::nullopt;
    TRY_ASSIGN(const auto token, token_in(file));
    return assume_role_with_token(role(arn, variable("AWS_ROLE_SESSION_NAME"), ""), token, stop_);
  }

  MaybeKeys from_default_profile() const {
    const auto named = first_of({variable("AWS_PROFILE"), variable("AWS_DEFAULT_PROFILE")});
    if (!named.empty()) return demanded(named);
    return from_profile("default", 0);
  }

  /// A profile that somebody named must be there and say something.
  Result<AwsKeys> demanded(const std::string& name, int depth = 0) const {
    TRY_ASSIGN(auto found, from_profile(name, depth));
    if (found) return std::move(*found);
    return fail(ErrorKind::config,
                fmt::format("the profile '{}' of AWS is not there, or holds no credentials", name),
                "it is read from ~/.aws/config and ~/.aws/credentials (AWS_CONFIG_FILE, "
                "AWS_SHARED_CREDENTIALS_FILE)");
  }

  MaybeKeys from_profile(const std::string& name, int depth) const {
    if (depth > kLongestChain)
      return fail(ErrorKind::config,
                  fmt::format("the profile '{}' of AWS leads back to itself", name),
                  "see its source_profile");
    TRY_ASSIGN(const auto profiles, read_aws_profiles());
    const auto found = profiles.find(name);
    if (found == profiles.end()) return std::nullopt;
    const auto& profile = found->second;
    const auto arn = value_of(profile, "role_arn");
    // A profile that is its own source holds the keys beside the role.
    if (!arn.empty() && !(depth > 0 && value_of(profile, "source_profile") == name))
      return by_role(name, profile, arn, depth);
    if (const auto id = value_of(profile, "aws_access_key_id"); !id.empty())
      return AwsKeys{id,
                     Secret(value_of(profile, "aws_secret_access_key")),
                     Secret(value_of(profile, "aws_session_token")),
                     {}};
    if (const auto command = value_of(profile, "credential_process"); !command.empty())
      return by_process(name, command);
    if (!first_of({value_of(profile, "sso_session"), value_of(profile, "sso_start_url")}).empty())
      return fail(ErrorKind::config, fmt::format("the profile '{}' of AWS signs in with SSO", name),
                  fmt::format("give it `credential_process = aws configure export-credentials "
                              "--profile {}` in a profile of its own",
                              name));
    return std::nullopt;
  }

  MaybeKeys by_role(const std::string& name, const AwsProfile& profile, const std::string& arn,
                    int depth) const {
    const auto wanted =
        role(arn, value_of(profile, "role_session_name"), value_of(profile, "external_id"));
    if (const auto file = value_of(profile, "web_identity_token_file"); !file.empty()) {
      TRY_ASSIGN(const auto token, token_in(file));
      return assume_role_with_token(wanted, token, stop_);
    }
    if (const auto source = value_of(profile, "source_profile"); !source.empty()) {
      TRY_ASSIGN(const auto keys, demanded(source, depth + 1));
      return assume_role(wanted, keys, stop_);
    }
    const auto source = value_of(profile, "credential_source");
    auto keys = source == "Environment"           ? from_environment()
                : source == "EcsContainer"        ? container_keys(stop_)
                : source == "Ec2InstanceMetadata" ? instance_keys(stop_)
                                                  : MaybeKeys(std::nullopt);
    if (!keys) return keys;
    if (!*keys)
      return fail(ErrorKind::config,
                  fmt::format("the profile '{}' of AWS assumes a role, but nothing says with which "
                              "credentials",
                              name),
                  "give it a source_profile, or a credential_source that exists here");
    return assume_role(wanted, **keys, stop_);
  }

  /// The document that the tools of AWS agreed on, version 1.
  MaybeKeys by_process(const std::string& name, const std::string& command) const {
    auto printed = command_output(command, kProcessTimeout, stop_);
    if (!printed) {
      auto error = std::move(printed.error());
      error.what = fmt::format("credential_process of the profile '{}': {}", name, error.what);
      return tl::unexpected<Error>(std::move(error));
    }
    const auto document = nlohmann::json::parse(printed->reveal(), nullptr, false);
    const auto value = [&](const char* key) {
      const bool there = document.is_object() && document.contains(key);
      return there && document[key].is_string() ? document[key].get<std::string>() : std::string();
    };
    AwsKeys keys{
        value("AccessKeyId"), Secret(value("SecretAccessKey")), Secret(value("SessionToken")), {}};
    if (keys.access_key_id.empty() || keys.secret_access_key.empty())
      return fail(ErrorKind::config,
                  fmt::format("credential_process of the profile '{}' prints no keys", name),
                  "it must print {\"Version\": 1, \"AccessKeyId\": ..., \"SecretAccessKey\": ...}");
    if (const auto end = value("Expiration"); !end.empty()) {
      TRY_ASSIGN(keys.expires_ms, parse_timestamp_ms(end, "UTC"));
    }
    return keys;
  }

  const Secrets& auth_;
  std::string region_;
  const std::atomic<bool>* stop_;
};

}  // namespace

Result<AwsAccess> aws_access(const Secrets& auth, const std::atomic<bool>* stop) {
  const auto text = [&](const char* key) { return secret_of(auth, key).reveal(); };
  AwsAccess access;
  access.anonymous = text("anonymous") == "true";
  if (text("access_key_id").empty() != text("secret_access_key").empty())
    return fail(ErrorKind::config, "`auth` has one of access_key_id and secret_access_key",
                "they go together");
  AwsProfile profile;
  if (!access.anonymous) {
    TRY_ASSIGN(const auto profiles, read_aws_profiles());
    const auto name = first_of({text("profile"), variable("AWS_PROFILE"), "default"});
    if (const auto found = profiles.find(name); found != profiles.end()) profile = found->second;
  }
  access.region = first_of({text("region"), variable("AWS_REGION"), variable("AWS_DEFAULT_REGION"),
                            value_of(profile, "region"), "us-east-1"});
  access.endpoint = first_of({text("endpoint"), variable("AWS_ENDPOINT_URL_S3"),
                              variable("AWS_ENDPOINT_URL"), value_of(profile, "endpoint_url")});
  if (access.anonymous) return access;
  access.keys = [kept = std::make_shared<Secrets>(auth), region = access.region, stop] {
    return Chain(*kept, region, stop).keys();
  };
  return access;
}

}  // namespace quarentena
