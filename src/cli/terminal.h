#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// What the two output streams can show. Data goes to stdout, all else to stderr.
namespace quarentena::cli {

enum class Stream { out, err };

bool is_terminal(Stream stream);
/// Columns of the terminal; 0 when it is none.
std::size_t terminal_width(Stream stream);
/// On a terminal, unless NO_COLOR is set or TERM is dumb.
bool use_color(Stream stream);

enum class Style { bold, dim, red, green, yellow };
/// `text` in a style where the stream shows colours, else as it is.
std::string styled(Stream stream, Style style, std::string_view text);

/// Columns the text takes in a terminal (wide and combining characters counted as they show).
std::size_t display_width(std::string_view utf8);
/// 1234567 -> "1,234,567".
std::string with_thousands(long long value);
/// 1536 -> "1.5 KiB".
std::string as_bytes(long long bytes);
/// 1234 ms -> "1.2 s".
std::string as_duration(long long ms);

}  // namespace quarentena::cli
