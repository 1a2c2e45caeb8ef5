#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/date.h"
#include "base/error.h"

namespace quarentena {

/// A moment at which something is due, and the day it has there.
struct Occurrence {
  std::int64_t at_ms = 0;
  Date day;
  friend bool operator==(const Occurrence&, const Occurrence&) = default;
};

/// A cron expression on the clocks of a time zone: the five fields of a crontab (or six, of which
/// the first are seconds), and `@daily` and its like. Where clocks are put forward, a time that
/// they skip comes at the moment they are put forward; where they are put back, a time that they
/// show twice comes the first time only. Two times that fall on one moment are one occurrence.
/// Copies are cheap; safe from several threads.
class Cron {
 public:
  /// `zone` must be known (see known_time_zone). Error: config, also of an expression whose time
  /// never comes.
  static Result<Cron> parse(std::string expression, std::string zone);

  /// The first after `after_ms`; nullopt: none in any year to come.
  std::optional<Occurrence> next(std::int64_t after_ms) const;
  /// The newest that is not after `until_ms`.
  std::optional<Occurrence> last(std::int64_t until_ms) const;

  const std::string& expression() const { return expression_; }
  const std::string& zone() const { return zone_; }

 private:
  Cron(std::string expression, std::string zone)
      : expression_(std::move(expression)), zone_(std::move(zone)) {}
  std::string expression_;
  std::string zone_;
};

/// What the clocks of an IANA zone show, to the second: `2024-05-27T20:30:00-0300`.
std::string local_iso(std::int64_t ms_since_epoch, const std::string& zone);

}  // namespace quarentena
