#include "net/aws_profiles.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace quarentena {
namespace {

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// "" for a section that is no profile (`[sso-session x]`, `[services x]`).
std::string profile_of(const std::string& section, bool config) {
  if (!config || section == "default") return section;
  if (section.rfind("profile ", 0) == 0 || section.rfind("profile\t", 0) == 0)
    return trimmed(section.substr(8));
  return "";
}

void parse_into(const std::string& text, bool config, std::map<std::string, AwsProfile>& profiles) {
  std::istringstream lines(text);
  std::string line, profile;
  while (std::getline(lines, line)) {
    const bool nested = !line.empty() && (line[0] == ' ' || line[0] == '\t');
    const auto content = trimmed(line);
    if (content.empty() || content[0] == '#' || content[0] == ';') continue;
    if (content[0] == '[') {
      profile = profile_of(trimmed(content.substr(1, content.find(']') - 1)), config);
      continue;
    }
    const auto equals = content.find('=');
    // Indented lines are settings of one service (`s3 =`), none of which we read.
    if (profile.empty() || nested || equals == std::string::npos) continue;
    auto value = trimmed(content.substr(equals + 1));
    if (const auto comment = value.find(" #"); comment != std::string::npos)
      value = trimmed(value.substr(0, comment));
    profiles[profile][trimmed(content.substr(0, equals))] = value;
  }
}

Result<std::string> text_of(const char* variable, const char* name) {
  std::filesystem::path path;
  if (const char* named = std::getenv(variable); named && *named)
    path = named;
  else if (const char* home = std::getenv("HOME"); home && *home)
    path = std::filesystem::path(home) / ".aws" / name;
  else
    return std::string();
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (in) return std::string(std::istreambuf_iterator<char>(in), {});
  if (errno == ENOENT || errno == ENOTDIR) return std::string();
  return fail(ErrorKind::auth,
              fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)),
              "give the user that runs quarentena permission to read it");
}

}  // namespace

std::map<std::string, AwsProfile> parse_aws_profiles(const std::string& config,
                                                     const std::string& credentials) {
  std::map<std::string, AwsProfile> profiles;
  parse_into(config, /*config=*/true, profiles);
  parse_into(credentials, /*config=*/false, profiles);
  return profiles;
}

Result<std::map<std::string, AwsProfile>> read_aws_profiles() {
  TRY_ASSIGN(const auto config, text_of("AWS_CONFIG_FILE", "config"));
  TRY_ASSIGN(const auto credentials, text_of("AWS_SHARED_CREDENTIALS_FILE", "credentials"));
  return parse_aws_profiles(config, credentials);
}

}  // namespace quarentena
