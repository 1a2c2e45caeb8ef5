#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "trust/ledger.h"
#include "trust/ledger_fields.h"

namespace quarentena {
namespace {

using Json = nlohmann::ordered_json;

/// What is empty or absent is left out: a commit's line of the log is read by many.
class Writing {
 public:
  explicit Writing(Json& object) : object_(object) {}
  void operator()(const char* key, const std::string& text) { put(key, text, !text.empty()); }
  void operator()(const char* key, Date date) { put(key, date.iso(), true); }
  void operator()(const char* key, SourceStatus status) { put(key, name(status), true); }
  void operator()(const char* key, Decision decision) { put(key, name(decision), true); }
  void operator()(const char* key, std::int64_t number) { put(key, number, true); }
  void operator()(const char* key, int number) { put(key, number, true); }
  void operator()(const char* key, const Instant<const std::int64_t&>& at) {
    put(key, utc_iso(at.ms), true);
  }
  void operator()(const char* key, const Instant<const std::optional<std::int64_t>&>& at) {
    if (at.ms) put(key, utc_iso(*at.ms), true);
  }
  template <class T>
  void operator()(const char* key, const std::optional<T>& value) {
    if (value) (*this)(key, *value);
  }

 private:
  template <class T>
  void put(const char* key, const T& value, bool there) {
    if (there) object_[key] = value;
  }
  Json& object_;
};

/// The first thing wrong is kept.
class Reading {
 public:
  explicit Reading(const Json& object) : object_(object) {}
  const std::string& wrong() const { return wrong_; }

  void operator()(const char* key, std::string& text) {
    if (auto there = text_of(key)) text = std::move(*there);
  }
  void operator()(const char* key, Date& date) { parse(key, date, Date::parse_iso); }
  void operator()(const char* key, SourceStatus& value) { parse(key, value, source_status); }
  void operator()(const char* key, Decision& value) { parse(key, value, decision); }
  void operator()(const char* key, std::int64_t& number) { read_number(key, number); }
  void operator()(const char* key, int& number) { read_number(key, number); }
  template <class Ms>
  void operator()(const char* key, const Instant<Ms>& at) {
    parse(key, at.ms, [](const std::string& text) -> std::optional<std::int64_t> {
      const auto ms = parse_timestamp_ms(text, "UTC");
      return ms ? std::optional(*ms) : std::nullopt;
    });
  }
  template <class T>
  void operator()(const char* key, std::optional<T>& value) {
    if (!object_.contains(key)) return;
    (*this)(key, value.emplace());
  }

 private:
  template <class T, class Parse>
  void parse(const char* key, T& value, const Parse& parser) {
    const auto text = text_of(key);
    if (!text) return;
    if (const auto parsed = parser(*text)) {
      value = *parsed;
    } else {
      complain(key);
    }
  }
  template <class T>
  void read_number(const char* key, T& number) {
    const auto found = object_.find(key);
    if (found == object_.end()) return;
    if (found->is_number_integer()) {
      number = found->template get<T>();
    } else {
      complain(key);
    }
  }
  std::optional<std::string> text_of(const char* key) {
    const auto found = object_.find(key);
    if (found == object_.end()) return std::nullopt;
    if (found->is_string()) return found->get<std::string>();
    complain(key);
    return std::nullopt;
  }
  void complain(const char* key) {
    if (wrong_.empty()) wrong_ = fmt::format("{} is {}", key, object_.at(key).dump());
  }
  const Json& object_;
  std::string wrong_;
};

tl::unexpected<Error> not_ours(const std::string& reason) {
  return fail(ErrorKind::data,
              fmt::format("{} of the table's log is not what we write: {}", kLedgerInfo, reason),
              "see who else writes to the table");
}

}  // namespace

std::string ledger_info(const std::vector<LedgerRow>& rows) {
  Json list = Json::array();
  for (const auto& row : rows) {
    Json object = Json::object();
    each_field(row, Writing(object));
    list.push_back(std::move(object));
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::vector<LedgerRow>> rows_of_ledger_info(const std::string& text) {
  const auto list = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!list.is_array()) return not_ours("it is no JSON array");
  std::vector<LedgerRow> rows;
  for (const auto& object : list) {
    if (!object.is_object()) return not_ours("an entry is no JSON object");
    for (const char* key : {"data_carga", "source", "status", "decision"})
      if (!object.contains(key)) return not_ours(fmt::format("an entry has no {}", key));
    Reading reading(object);
    each_field(rows.emplace_back(), reading);
    if (!reading.wrong().empty()) return not_ours(reading.wrong());
  }
  return rows;
}

}  // namespace quarentena
