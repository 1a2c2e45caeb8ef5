#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace quarentena {

/// A calendar day of the proleptic Gregorian calendar, as days since 1970-01-01.
class Date {
 public:
  constexpr Date() = default;
  constexpr explicit Date(std::int32_t days_since_epoch) : days_(days_since_epoch) {}

  /// Exactly `YYYY-MM-DD` and a day that exists; nothing else.
  static std::optional<Date> parse_iso(std::string_view text);

  constexpr std::int32_t days() const { return days_; }
  std::string iso() const;
  /// strftime-style: %Y %m %d %y %j and %% only; anything else is an error naming it.
  Result<std::string> format(std::string_view pattern) const;

  friend constexpr auto operator<=>(Date, Date) = default;

 private:
  std::int32_t days_ = 0;
};

/// The IANA zone exists in this machine's tz database.
bool known_time_zone(const std::string& zone);

/// Today in an IANA zone. `zone` must be known (see known_time_zone).
Date today_in(const std::string& zone);

/// Now in UTC as `2024-05-28T10:30:00.123Z`.
std::string now_utc_iso();

/// Milliseconds since 1970-01-01T00:00:00Z.
std::int64_t now_ms();

/// `1716852600000` -> `2024-05-27T23:30:00.000Z`.
std::string utc_iso(std::int64_t ms_since_epoch);

/// ISO 8601 to milliseconds since the epoch: `2024-05-28`, `2024-05-28T10:30:00`, either with a
/// space for the T, a fraction, and `Z` or `+03:00`; without a zone it is the local time of `zone`.
Result<std::int64_t> parse_timestamp_ms(std::string_view text, const std::string& zone);

}  // namespace quarentena
