#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

/// Logs for programs: one JSON object a line.
namespace quarentena {

using EventField = std::pair<std::string_view, std::string_view>;

/// `{"time":"2024-05-28T10:30:00.123Z","event":"listening","api":"http://..."}` and a line end. The
/// values must hold no personal data; what is not UTF-8 in them is shown as `?`.
std::string event_line(std::string_view event, std::initializer_list<EventField> fields);

/// `text` as the inside of a JSON string, appended; what is not UTF-8 must not come here.
void append_escaped(std::string& out, std::string_view text);

}  // namespace quarentena
