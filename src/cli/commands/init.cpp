#include "config/init.h"

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/output.h"

namespace quarentena::cli {
namespace {

int init(const std::string& folder) {
  // The file that is about to be written names this zone; its example contacts are counted from
  // today.
  const auto written = write_starting_point(folder, today_in("America/Sao_Paulo"));
  if (!written) return report_error(written.error());
  for (const auto& file : *written) print_out("wrote {}\n", file.string());
  print_out("next: {}quarentena run && quarentena show\n",
            folder == "." ? "" : fmt::format("cd {} && ", folder));
  return 0;
}

}  // namespace

void add_init(CLI::App& verb, int& exit_code) {
  const auto folder = std::make_shared<std::string>(".");
  verb.add_option("folder", *folder, "Where; created when it is not there")
      ->type_name("DIR")
      ->capture_default_str();
  verb.footer(
      "Example:\n  quarentena init minha-quarentena && cd minha-quarentena && quarentena run\n");
  verb.callback([folder, &exit_code] { exit_code = init(*folder); });
}

}  // namespace quarentena::cli
