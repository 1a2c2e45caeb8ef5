#pragma once

#include <optional>
#include <string>
#include <vector>

namespace quarentena {

/// One CSV record (RFC 4180, LF at the end). NULL is an empty field, an empty text is `""`.
std::string csv_record(const std::vector<std::optional<std::string>>& values);

}  // namespace quarentena
