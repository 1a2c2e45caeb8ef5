#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <exception>

#include "base/version.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "config/nearest.h"

namespace quarentena::cli {
namespace {

constexpr const char* kAbout =
    "quarentena keeps the one table that says each day who is in quarantine, in which channel,\n"
    "since when and until when; campaigns consult it before they send.";
constexpr const char* kExamples =
    "Start here:\n"
    "  quarentena init minha-quarentena && cd minha-quarentena\n"
    "  quarentena run                       load today\n"
    "  quarentena show                      who is in quarantine\n"
    "  quarentena sql \"SELECT canal, count(*) FROM quarentena_global GROUP BY 1\"\n"
    "\n`quarentena VERB --help` explains a verb, with examples.\n"
    "Exit codes: 0 done, 1 yours to fix, 2 ours or the machine's, 3 degraded, 4 held, 5 try again "
    "later.";

/// CLI11 only says that a verb is missing: name the word that is none, and the verb it is close to.
Error usage_error(int argc, char** argv, const CLI::ParseError& error) {
  const std::string word = argc > 1 ? argv[1] : "";
  std::vector<std::string> verbs;
  for (const auto& command : all_commands()) verbs.emplace_back(command.name);
  const bool known = std::find(verbs.begin(), verbs.end(), word) != verbs.end();
  if (known || word.empty() || word[0] == '-')
    return {ErrorKind::config, error.what(),
            known ? fmt::format("see `quarentena {} --help`", word) : "see `quarentena --help`"};
  const auto near = nearest(word, verbs);
  return {ErrorKind::config,
          fmt::format("there is no verb '{}'{}", word,
                      near ? fmt::format("; did you mean '{}'?", *near) : ""),
          fmt::format("the verbs are {}", fmt::join(verbs, ", "))};
}

int parse_and_run(int argc, char** argv) {
  CLI::App app(kAbout, "quarentena");
  app.footer(kExamples);
  app.set_version_flag("-V,--version", fmt::format("quarentena {}", kVersion));
  app.require_subcommand(1);
  int exit_code = 0;
  for (const auto& command : all_commands())
    command.add(*app.add_subcommand(command.name, command.summary), exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    if (argc == 1) {
      print_out("{}", app.help());
      return 1;
    }
    return report_error(usage_error(argc, argv, error));
  }
  return exit_code;
}

}  // namespace
}  // namespace quarentena::cli

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  std::signal(SIGXFSZ, SIG_IGN);  // a file past the size limit is an error to report, not an end
  try {
    const int exit_code = quarentena::cli::parse_and_run(argc, argv);
    if (!quarentena::cli::output_lost()) return exit_code;
    return quarentena::cli::report_error({quarentena::ErrorKind::machine,
                                          "what was written to standard output did not arrive",
                                          "is the disk full?"});
  } catch (const std::exception& error) {
    using quarentena::ErrorKind;
    return quarentena::cli::report_error({ErrorKind::bug,
                                          std::string("unexpected: ") + error.what(),
                                          "this is a bug of ours; please report it"});
  }
}
