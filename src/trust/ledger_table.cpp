#include "trust/ledger_table.h"

#include <utility>

#include "trust/ledger_fields.h"

namespace quarentena {
namespace {

class Columns {
 public:
  explicit Columns(std::vector<SmallColumn>& columns) : columns_(columns) {}
  void operator()(const char* key, const std::string&) { add(key, SmallType::text); }
  void operator()(const char* key, SourceStatus) { add(key, SmallType::text); }
  void operator()(const char* key, Decision) { add(key, SmallType::text); }
  void operator()(const char* key, Date) { add(key, SmallType::date); }
  void operator()(const char* key, std::int64_t) { add(key, SmallType::whole); }
  void operator()(const char* key, int) { add(key, SmallType::integer); }
  template <class Ms>
  void operator()(const char* key, const Instant<Ms>&) {
    add(key, SmallType::timestamp);
  }
  template <class T>
  void operator()(const char* key, const std::optional<T>&) {
    (*this)(key, T{});
  }

 private:
  void add(const char* key, SmallType type) { columns_.push_back({key, type}); }
  std::vector<SmallColumn>& columns_;
};

class Writing {
 public:
  explicit Writing(SmallRow& row) : row_(row) {}
  void operator()(const char*, const std::string& text) {
    text.empty() ? row_.emplace_back() : row_.emplace_back(text);
  }
  void operator()(const char*, SourceStatus status) { row_.emplace_back(name(status)); }
  void operator()(const char*, Decision decision) { row_.emplace_back(name(decision)); }
  void operator()(const char*, Date date) { row_.emplace_back(std::int64_t{date.days()}); }
  void operator()(const char*, std::int64_t number) { row_.emplace_back(number); }
  void operator()(const char*, int number) { row_.emplace_back(std::int64_t{number}); }
  template <class Ms>
  void operator()(const char* key, const Instant<Ms>& at) {
    (*this)(key, at.ms);
  }
  template <class T>
  void operator()(const char* key, const std::optional<T>& value) {
    value ? (*this)(key, *value) : (void)row_.emplace_back();
  }

 private:
  SmallRow& row_;
};

class Reading {
 public:
  explicit Reading(SmallRow& row) : row_(row) {}
  bool known() const { return known_; }

  void operator()(const char*, std::string& text) {
    if (auto* value = std::get_if<std::string>(&row_[at_++])) text = std::move(*value);
  }
  void operator()(const char*, SourceStatus& value) { parse(value, source_status); }
  void operator()(const char*, Decision& value) { parse(value, decision); }
  void operator()(const char*, std::int64_t& number) {
    if (const auto value = next()) number = *value;
  }
  void operator()(const char*, Date& date) {
    const auto value = next();
    known_ &= value.has_value();
    if (value) date = Date(static_cast<std::int32_t>(*value));
  }
  template <class Ms>
  void operator()(const char* key, const Instant<Ms>& at) {
    (*this)(key, at.ms);
  }
  void operator()(const char*, std::optional<std::int64_t>& number) { number = next(); }
  void operator()(const char*, std::optional<int>& number) {
    if (const auto value = next()) number = static_cast<int>(*value);
  }
  void operator()(const char*, std::optional<Date>& date) {
    if (const auto value = next()) date = Date(static_cast<std::int32_t>(*value));
  }

 private:
  std::optional<std::int64_t> next() {
    const auto* value = std::get_if<std::int64_t>(&row_[at_++]);
    return value ? std::optional(*value) : std::nullopt;
  }
  template <class T, class Parse>
  void parse(T& value, const Parse& parser) {
    const auto* text = std::get_if<std::string>(&row_[at_++]);
    const auto parsed = text ? parser(*text) : std::nullopt;
    known_ &= parsed.has_value();
    if (parsed) value = *parsed;
  }

  SmallRow& row_;
  std::size_t at_ = 0;
  bool known_ = true;
};

}  // namespace

const std::vector<SmallColumn>& ledger_columns() {
  static const std::vector<SmallColumn> columns = [] {
    std::vector<SmallColumn> made;
    const LedgerRow row;
    each_field(row, Columns(made));
    return made;
  }();
  return columns;
}

SmallRow to_small_row(const LedgerRow& row) {
  SmallRow values;
  values.reserve(ledger_columns().size());
  each_field(row, Writing(values));
  return values;
}

std::optional<LedgerRow> to_ledger_row(SmallRow&& values) {
  LedgerRow row;
  Reading reading(values);
  each_field(row, reading);
  if (!reading.known()) return std::nullopt;
  return row;
}

}  // namespace quarentena
