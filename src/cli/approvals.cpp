#include "cli/approvals.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <charconv>

namespace quarentena::cli {
namespace {

std::string user_at_host() {
  const auto* user = ::getpwuid(::geteuid());
  char host[256] = "";
  (void)::gethostname(host, sizeof host - 1);
  return fmt::format("{}@{}", user ? user->pw_name : std::to_string(::geteuid()), host);
}

}  // namespace

void add_approval_options(CLI::App& verb, Approvals& approvals) {
  verb.add_option("--approve-release", approvals.releases,
                  "Let up to N clients leave CANAL early on this day")
      ->type_name("CANAL=N")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb.add_option(
          "--accept-change", approvals.changed_sources,
          "What changed in SOURCE (columns, the end of the last line, an older delivery again) is "
          "right: accept this day's")
      ->type_name("SOURCE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb.add_option("--reason", approvals.reason, "Why that is right; kept in the ledger")
      ->type_name("TEXT");
}

Result<Approved> read_approvals(const Approvals& approvals) {
  Approved out;
  for (const auto& text : approvals.releases) {
    const auto equals = text.rfind('=');
    std::int64_t ceiling = -1;
    if (equals != std::string::npos && equals > 0) {
      const char* end = text.data() + text.size();
      const auto read = std::from_chars(text.data() + equals + 1, end, ceiling);
      if (read.ec != std::errc() || read.ptr != end) ceiling = -1;
    }
    if (ceiling < 0)
      return fail(ErrorKind::config, fmt::format("--approve-release {} is not CANAL=N", text),
                  "N is how many clients may leave the canal early: Marketing=120");
    out.up_to[text.substr(0, equals)] = ceiling;
  }
  out.changed_sources = {approvals.changed_sources.begin(), approvals.changed_sources.end()};
  if (approvals.reason.find_first_not_of(' ') == std::string::npos &&
      !(out.up_to.empty() && out.changed_sources.empty()))
    return fail(ErrorKind::config,
                fmt::format("{} needs a --reason",
                            out.up_to.empty() ? "--accept-change" : "--approve-release"),
                "it is kept in the source ledger, with your name");
  out.by = user_at_host();
  out.why = approvals.reason;
  return out;
}

}  // namespace quarentena::cli
