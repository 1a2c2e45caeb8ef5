#pragma once

#include <string>
#include <string_view>

namespace quarentena {

/// One word for a shell, in single quotes: for commands that are shown to people.
std::string shell_quoted(std::string_view word);

}  // namespace quarentena
