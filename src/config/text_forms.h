#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Small languages inside values: dates, patterns, references. Each check says what is wrong, or
/// nullopt when nothing is.
namespace quarentena {

/// A strptime format that names a whole day. Codes that DuckDB reads and Spark can be given.
std::optional<std::string> why_not_date_format(std::string_view format);

/// `{data_carga:%Y%m%d}` inside a location: known name, known codes, closed.
std::optional<std::string> why_not_dated(std::string_view location);

/// `2024-05-28`, `2024-05-28T06:00`, `...:00.123Z`, `...+03:00`.
bool is_iso_moment(std::string_view text);

/// One whole `${env:}`, `${file:}`, `${cmd:}` or `${databricks:}` reference.
bool is_reference(std::string_view text);

/// `500ms`, `5s`, `1m`, at most an hour; nullopt: not a time.
std::optional<int> milliseconds(std::string_view text);

/// `26h`, `2d`; nullopt: neither, or zero.
std::optional<int> hours(std::string_view text);

/// Minutes after midnight of `07:00`, `23:59`.
std::optional<int> minutes_of_day(std::string_view text);

/// `SHA256:` and 43 characters of base64, as ssh-keygen prints the fingerprint of a key.
bool is_fingerprint(std::string_view text);

}  // namespace quarentena
