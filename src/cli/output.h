#pragma once

#include <fmt/format.h>

#include <string_view>

/// Writing to the two streams. A stream that cannot be written to never stops the work: what was
/// lost on stdout is told by output_lost() at the end, and nothing can be told of a lost stderr.
namespace quarentena::cli {

void write_out(std::string_view text);
void write_err(std::string_view text);

template <class... Args>
void print_out(fmt::format_string<Args...> format, Args&&... args) {
  write_out(fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void print_err(fmt::format_string<Args...> format, Args&&... args) {
  write_err(fmt::format(format, std::forward<Args>(args)...));
}

/// Flushes stdout. True when something written to it did not arrive (a full disk); a reader that
/// stopped reading (`| head`) is no loss.
bool output_lost();

}  // namespace quarentena::cli
