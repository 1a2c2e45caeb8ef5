#include "config/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "config/auth.h"
#include "config/check.h"
#include "config/keys.h"
#include "config/location.h"
#include "config/text_forms.h"
#include "config/trust.h"

namespace quarentena {
namespace {

using yaml::Entry;
using yaml::Node;

const Node* text(const Node& map, std::string_view key) {
  return child(map, key, Node::Kind::text);
}

class SourceReader {
 public:
  SourceReader(const Entry& entry, const std::filesystem::path& folder,
               std::vector<Problem>& problems)
      : entry_(entry), node_(entry.value), folder_(folder), problems_(problems) {}

  Source read() {
    source_.name = entry_.key;
    source_.position = entry_.at;
    check_name();
    read_canal();
    if (const Node* location = text(node_, "location")) {
      if (auto address = read_address(*location, Place::location, folder_, problems_)) {
        source_.location = std::move(*address);
      }
    }
    read_format();
    read_columns();
    if (const Node* where = text(node_, "where")) source_.where = where->scalar;
    read_period();
    read_trust(node_, source_, problems_);
    read_dates();
    read_taking();
    read_limits();
    if (const Node* auth = child(node_, "auth", Node::Kind::map)) {
      source_.auth = read_auth(*auth, folder_, problems_);
    }
    return std::move(source_);
  }

 private:
  void add(Position at, std::string message, std::string hint = {}) {
    problems_.push_back({at, std::move(message), std::move(hint), {}});
  }

  void check_name() {
    const std::string& name = entry_.key;
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-';
    });
    if (plain && name.size() <= 64 && name[0] != '.' && name[0] != '-') return;
    add(entry_.at, fmt::format("a source cannot be named {}", in_quotes(name)),
        "use up to 64 letters (without accents), digits, '_', '.' and '-': it names a folder");
  }

  void read_canal() {
    const Node* canal = text(node_, "canal");
    if (canal == nullptr) return;
    source_.canal = canal->scalar;
    if (canal->scalar == "__HIVE_DEFAULT_PARTITION__") {
      add(canal->at, "'canal' is the name Hive gives to a missing value", "choose another");
    } else if (canal->scalar.starts_with(' ') || canal->scalar.ends_with(' ')) {
      add(canal->at,
          fmt::format("'canal' begins or ends with a blank: {}", in_quotes(canal->scalar)),
          "remove it: campaigns ask for the exact name");
    } else if (canal->scalar.size() > 128) {
      add(canal->at, fmt::format("'canal' has {} bytes, at most 128", canal->scalar.size()),
          "it names a folder of the table");
    }
  }

  void read_format() {
    const Node* format = node_.find("format");
    if (format == nullptr) {
      infer_format();
      return;
    }
    if (format->kind == Node::Kind::text) {
      set_format(format->scalar, Node{}, format->at);
    } else if (format->kind == Node::Kind::map && format->entries.size() == 1) {
      const Entry& options = format->entries.front();
      set_format(options.key, options.value, options.at);
    }
  }

  void infer_format() {
    const std::string& location = source_.location;
    if (location.empty()) return;
    if (location.starts_with("uc://")) {
      source_.format = DeltaOptions{};
      return;
    }
    const std::string extension = data_extension(location);
    const auto is = [&](std::initializer_list<std::string_view> all) {
      return std::find(all.begin(), all.end(), extension) != all.end();
    };
    if (is({"csv", "txt"})) {
      source_.format = CsvOptions{};
    } else if (is({"tsv"})) {
      source_.format = CsvOptions{.separator = '\t', .names = {}};
    } else if (is({"xlsx", "xls", "xlsb", "ods"})) {
      source_.format = XlsxOptions{};
    } else if (is({"json", "jsonl", "ndjson"})) {
      source_.format = JsonOptions{};
    } else if (is({"parquet"})) {
      source_.format = ParquetOptions{};
    } else {
      const Node* written = text(node_, "location");
      add(written->at,
          fmt::format("the extension of 'location' does not say the format: {}",
                      in_quotes(written->scalar)),
          "add: format: csv, xlsx, json, parquet or delta");
    }
  }

  void set_format(const std::string& name, const Node& options, Position at) {
    if (name == "csv") source_.format = read_csv(options);
    if (name == "xlsx") source_.format = read_xlsx(options);
    if (name == "json") source_.format = JsonOptions{};
    if (name == "parquet") source_.format = ParquetOptions{};
    if (name == "delta") source_.format = read_delta(options);
    if (source_.location.starts_with("uc://") && name != "delta" && name != "parquet" &&
        keys::find(keys::formats(), name) != nullptr) {
      add(at, fmt::format("'{}' is not the format of a table of Unity Catalog", name),
          "write format: delta or parquet, or nothing (delta)");
    }
  }

  CsvOptions read_csv(const Node& options) {
    CsvOptions csv;
    if (data_extension(source_.location) == "tsv") csv.separator = '\t';
    if (const auto c = character(options, "separator")) csv.separator = *c;
    if (const auto c = character(options, "quote")) csv.quote = *c;
    if (const Node* header = child(options, "header", Node::Kind::boolean)) {
      csv.header = header->scalar[0] == 't' || header->scalar[0] == 'T';
    }
    if (const Node* encoding = text(options, "encoding")) csv.encoding = encoding->scalar;
    if (const Node* names = child(options, "names", Node::Kind::list)) {
      csv.names = read_names(*names);
    }
    check_csv(csv, options);
    return csv;
  }

  void check_csv(const CsvOptions& csv, const Node& options) {
    if (csv.separator == csv.quote) {
      add(options.at,
          fmt::format("'separator' and 'quote' are both {}", in_quotes(std::string(1, csv.quote))));
    }
    const Node* names = options.find("names");
    if (!csv.header && names == nullptr) {
      add(options.find("header")->at, "a csv without a header has no names for its columns",
          "add: names: [id_cliente, email, ...], in the file's order");
    }
    if (csv.header && names != nullptr) {
      add(names->at, "'names' is for a csv without a header",
          "add: header: false; to rename columns use `columns` of the source");
    }
  }

  std::vector<std::string> read_names(const Node& list) {
    std::vector<std::string> names;
    std::set<std::string_view> seen;
    for (const Node& item : list.items) {
      if (!seen.insert(item.scalar).second) {
        add(item.at, fmt::format("the column {} is named twice", in_quotes(item.scalar)));
      }
      names.push_back(item.scalar);
    }
    return names;
  }

  static std::optional<char> character(const Node& options, std::string_view key) {
    const Node* node = options.find(key);
    if (node == nullptr || node->scalar.empty()) return std::nullopt;
    if (node->scalar == "tab" || node->scalar == "\\t") return '\t';
    return node->scalar[0];
  }

  static XlsxOptions read_xlsx(const Node& options) {
    XlsxOptions xlsx;
    if (const Node* sheet = text(options, "sheet")) xlsx.sheet = sheet->scalar;
    xlsx.header_row = static_cast<int>(integer(options, "header_row").value_or(0));
    return xlsx;
  }

  DeltaOptions read_delta(const Node& options) {
    DeltaOptions delta;
    delta.version = integer(options, "version");
    if (const Node* moment = text(options, "timestamp")) {
      delta.timestamp = moment->scalar;
      if (!is_iso_moment(moment->scalar)) {
        add(moment->at, fmt::format("'timestamp' is not a moment: {}", in_quotes(moment->scalar)),
            "write ISO 8601: 2024-05-28, 2024-05-28T06:00:00 or 2024-05-28T06:00:00-03:00");
      }
    }
    return delta;
  }

  void read_columns() {
    const Node none;
    const Node* columns = child(node_, "columns", Node::Kind::map);
    if (columns == nullptr) columns = &none;
    const std::array<std::pair<const char*, Mapping*>, 5> targets{{
        {"id_cliente", &source_.id_cliente},
        {"email", &source_.email},
        {"telefone", &source_.telefone},
        {"assunto", &source_.assunto},
        {"data_envio", &source_.data_envio},
    }};
    for (const auto& [name, mapping] : targets) *mapping = read_mapping(*columns, name);
    check_constants(*columns);
  }

  Mapping read_mapping(const Node& columns, const char* name) {
    Mapping mapping;
    mapping.column = name;
    const Node* node = columns.find(name);
    if (node == nullptr) return mapping;
    if (node->kind == Node::Kind::text) mapping.column = node->scalar;
    if (const Node* column = text(*node, "column")) mapping.column = column->scalar;
    if (const Node* value = text(*node, "value")) {
      mapping.constant = value->scalar;
      mapping.column.clear();
    }
    mapping.pad = static_cast<int>(integer(*node, "pad").value_or(0));
    if (mapping.constant && mapping.pad > 0) {
      add(node->find("pad")->at, "'pad' needs 'column'", "write the constant as it shall be");
    }
    return mapping;
  }

  void check_constants(const Node& columns) {
    if (source_.id_cliente.constant) {
      add(columns.find("id_cliente")->at, "'id_cliente' cannot be the same in every row",
          "name the source's column");
    }
    const auto& day = source_.data_envio.constant;
    if (day && node_.find("dates") == nullptr && !is_iso_moment(*day)) {
      add(columns.find("data_envio")->at,
          fmt::format("'data_envio' is not a date: {}", in_quotes(*day)), "write it as 2024-05-28");
    }
  }

  void read_period() {
    const Node* dias = node_.find("dias");
    if (dias != nullptr) {
      const bool forever = dias->kind == Node::Kind::text && dias->scalar == "until_removed";
      if (!forever)
        source_.period.dias = static_cast<int>(integer(node_, "dias").value_or(kUnread));
      return;
    }
    source_.period.dias = kUnread;
    if (source_.canal.empty()) return;
    if (const auto period = default_period(source_.canal)) {
      source_.period = *period;
      return;
    }
    std::vector<std::string> known;
    for (const DefaultPeriod& each : default_periods) known.emplace_back(each.canal);
    add(entry_.at, fmt::format("source {} has no 'dias'", in_quotes(source_.name)),
        fmt::format("add: dias: 30 (or until_removed); only {} have a default{}", either(known),
                    did_you_mean(source_.canal, known)));
  }

  void read_dates() {
    const Node* dates = child(node_, "dates", Node::Kind::list);
    if (dates == nullptr) return;
    for (const Node& format : dates->items) {
      if (format.kind != Node::Kind::text) continue;
      if (format.scalar.find_first_not_of(' ') == std::string::npos) continue;
      source_.dates.push_back(format.scalar);
      if (const auto why = why_not_date_format(format.scalar)) {
        add(format.at, fmt::format("{} is not a date format: {}", in_quotes(format.scalar), *why),
            "for 28/05/2024 write \"%d/%m/%Y\"");
      }
    }
  }

  void read_taking() {
    if (const Node* take = text(node_, "take"); take != nullptr && take->scalar == "newest") {
      source_.take = Take::newest;
    }
    read_time("settle", source_.settle_ms);
  }

  void read_limits() {
    TransferLimits& limits = source_.limits;
    read_time("connect_timeout", limits.connect_timeout_ms);
    read_time("stall_timeout", limits.stall_timeout_ms);
    read_time("patience", limits.patience_ms);
    limits.max_connections = static_cast<int>(integer(node_, "max_connections").value_or(0));
    for (const char* key : {"connect_timeout", "stall_timeout"}) {
      const Node* timeout = text(node_, key);
      if (timeout == nullptr || milliseconds(timeout->scalar) != 0) continue;
      add(timeout->at, fmt::format("'{}' is no time at all: {}", key, in_quotes(timeout->scalar)),
          "a server needs some: write it as 15s, or leave it out");
    }
  }

  void read_time(const char* key, int& time_ms) {
    const Node* node = text(node_, key);
    if (node == nullptr) return;
    const auto time = milliseconds(node->scalar);
    time_ms = time.value_or(time_ms);
    if (time) return;
    add(node->at, fmt::format("'{}' is not a time: {}", key, in_quotes(node->scalar)),
        "write it as 500ms, 5s or 1m, at most 60m");
  }

  const Entry& entry_;
  const Node& node_;
  const std::filesystem::path& folder_;
  std::vector<Problem>& problems_;
  Source source_;
};

}  // namespace

Source read_source(const Entry& entry, const std::filesystem::path& folder,
                   std::vector<Problem>& problems) {
  return SourceReader(entry, folder, problems).read();
}

}  // namespace quarentena
