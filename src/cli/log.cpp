#include "cli/log.h"

#include <fmt/format.h>

#include <map>

#include "cli/output.h"
#include "cli/terminal.h"

namespace quarentena::cli {
namespace {

LogFormat format = LogFormat::text;

}  // namespace

void add_log_option(CLI::App& verb) {
  static const std::map<std::string, LogFormat> kFormats = {{"text", LogFormat::text},
                                                            {"json", LogFormat::json}};
  verb.add_option("--log-format", format, "What is said on standard error: for people, or JSON")
      ->envname("QUARENTENA_LOG_FORMAT")
      ->type_name("text|json")
      ->transform(CLI::CheckedTransformer(kFormats).description(""));
}

LogFormat log_format() { return format; }

void log(const std::string& text, std::string_view event,
         std::initializer_list<EventField> fields) {
  write_err(format == LogFormat::json ? event_line(event, fields) : text);
}

void log_warning(const std::string& about, const std::string& why) {
  log(fmt::format("{} {}: {}\n", styled(Stream::err, Style::yellow, "warning:"), about, why),
      "warning", {{"about", about}, {"why", why}});
}

}  // namespace quarentena::cli
