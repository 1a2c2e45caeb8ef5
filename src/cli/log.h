#pragma once

#include <CLI/CLI.hpp>
#include <initializer_list>
#include <string>

#include "base/event_line.h"

/// What a verb says on stderr while it works, for people or for programs.
namespace quarentena::cli {

enum class LogFormat {
  text,  ///< for people
  json,  ///< a line an event, as event_line() writes it
};

/// The option `--log-format text|json`, else the environment's QUARENTENA_LOG_FORMAT, else text. It
/// holds for the process.
void add_log_option(CLI::App& verb);
LogFormat log_format();

/// Says `text`, which ends its own line, or the event with its fields. No personal data is in the
/// fields.
void log(const std::string& text, std::string_view event, std::initializer_list<EventField> fields);

/// "warning: about: why", or the event `warning`.
void log_warning(const std::string& about, const std::string& why);

}  // namespace quarentena::cli
