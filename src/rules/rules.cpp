#include "rules/rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace quarentena {
namespace {

bool is_day_type(ColumnType type) {
  return type == ColumnType::date || type == ColumnType::local_time ||
         type == ColumnType::instant || type == ColumnType::utc_time;
}

std::string first_part(const std::string& path) { return path.substr(0, path.find('.')); }

/// Writes one source's part of the query, innermost level first.
class SourceQuery {
 public:
  SourceQuery(const SourceRules& rules, std::size_t index, const LoadDay& day,
              const Dialect& dialect)
      : rules_(rules),
        source_(*rules.source),
        index_(index),
        day_(day.data_carga),
        zone_(day.timezone),
        sql_(dialect) {}

  std::string text() const {
    return fmt::format(
        "  SELECT {} AS source, file, row, id_cliente, email, telefone, assunto, data_envio,\n"
        "    data_envio_text, {} AS status\n  FROM (\n{}\n  ){}",
        index_, status(), standard_rows(), sent_between());
  }

 private:
  const RelationColumn& column(const std::string& path) const {
    return *std::find_if(rules_.relation.columns.begin(), rules_.relation.columns.end(),
                         [&](const RelationColumn& c) { return c.path == path; });
  }

  /// `data_carga` is the day of the load, whatever a source calls its own columns.
  std::string named(const std::string& path) const {
    return sql_.identifier(path == "data_carga" ? "__data_carga" : path);
  }

  std::string cleaned(const RelationColumn& c) const {
    return c.type == ColumnType::text && !c.trimmed ? sql_.trimmed(c.sql) : c.sql;
  }

  /// Level 1: the delivered columns under their own names, texts trimmed, plus data_carga: what
  /// `where` may speak of.
  std::string delivered() const {
    std::vector<std::string> parts;
    for (const auto& c : rules_.relation.columns)
      parts.push_back(fmt::format("{} AS {}", cleaned(c), named(c.path)));
    for (const auto& structure : nested_for_where()) parts.push_back(structure);
    parts.push_back(fmt::format("{} AS data_carga", sql_.date(rules_.as_of)));
    parts.push_back(fmt::format("{0} AS {0}", sql_.identifier("__file")));
    parts.push_back(fmt::format("{0} AS {0}", sql_.identifier("__row")));
    return fmt::format("      SELECT {}\n      FROM {}", fmt::join(parts, ",\n        "),
                       sql_.identifier(rules_.relation.name));
  }

  /// `contatos.email` in a condition reads a field of a struct; flat paths are gathered into one.
  std::vector<std::string> nested_for_where() const {
    std::vector<std::string> roots, out;
    for (const auto& path : rules_.where_columns) {
      const auto root = first_part(path);
      if (root == path || std::find(roots.begin(), roots.end(), root) != roots.end()) continue;
      roots.push_back(root);
      out.push_back(fmt::format("{} AS {}", structure_at(root), sql_.identifier(root)));
    }
    return out;
  }

  /// What `where` reads below `root`, as a struct, with what lies deeper as structs in it.
  std::string structure_at(const std::string& root) const {
    const auto prefix = root + ".";
    std::vector<std::string> names, values;
    for (const auto& path : rules_.where_columns) {
      if (path.rfind(prefix, 0) != 0) continue;
      const auto name = first_part(path.substr(prefix.size()));
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      names.push_back(name);
      const auto below = prefix + name;
      values.push_back(below == path ? cleaned(column(path)) : structure_at(below));
    }
    return sql_.structure(names, values);
  }

  std::string mapped_text(const Mapping& mapping) const {
    if (mapping.constant) return sql_.text(*mapping.constant);
    auto text = sql_.as_text(named(mapping.column), column(mapping.column).type);
    return mapping.pad > 0 ? sql_.padded(text, mapping.pad) : text;
  }

  std::string day() const {
    if (source_.data_envio.constant) return day_of_text(sql_.text(*source_.data_envio.constant));
    const auto name = named(source_.data_envio.column);
    const auto type = column(source_.data_envio.column).type;
    return is_day_type(type) ? sql_.day_of(name, type, zone_)
                             : day_of_text(sql_.as_text(name, type));
  }

  std::string day_of_text(const std::string& text) const {
    // A spreadsheet's real dates arrive as ISO text: they count beside the formats of its text
    // dates.
    const bool spreadsheet = std::holds_alternative<XlsxOptions>(source_.format);
    if (source_.dates.empty()) return sql_.iso_day(text, zone_);
    const auto named = sql_.day_in_formats(text, source_.dates, zone_);
    return spreadsheet ? fmt::format("coalesce({}, {})", sql_.iso_day(text, zone_), named) : named;
  }

  /// What a reject shows of the date: its text; a value of a date's type has none to show.
  std::string day_as_text() const {
    if (source_.data_envio.constant) return sql_.text(*source_.data_envio.constant);
    const auto type = column(source_.data_envio.column).type;
    const auto name = named(source_.data_envio.column);
    return is_day_type(type) ? sql_.null_of("VARCHAR") : sql_.as_text(name, type);
  }

  /// Level 2: the standard columns, and whether the row counts at all.
  std::string standard_rows() const {
    const auto kept = source_.where.empty() ? std::string("true") : sql_.holds(source_.where);
    return fmt::format(
        "    SELECT {} AS file, {} AS row,\n      {} AS id_cliente,\n      {} AS email,\n"
        "      {} AS telefone,\n      {} AS assunto,\n      {} AS data_envio,\n      {} AS "
        "data_envio_text,\n"
        "      {} AS kept\n    FROM (\n{}\n    )",
        sql_.identifier("__file"), sql_.identifier("__row"), mapped_text(source_.id_cliente),
        mapped_text(source_.email), mapped_text(source_.telefone), mapped_text(source_.assunto),
        day(), day_as_text(), kept, delivered());
  }

  /// Level 3: the first count that applies, in DESIGN's order.
  std::string status() const {
    std::string whens =
        "CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected'";
    if (!rules_.period.until_removed()) {
      const auto day = sql_.date(day_);
      whens += fmt::format(
          " WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > {} THEN 'future'"
          " WHEN data_envio < {} THEN 'expired'",
          day, sql_.date(Date(day_.days() - *rules_.period.dias)));
    }
    return whens + " ELSE 'candidate' END";
  }

  std::string sent_between() const {
    const auto& [from, before] = rules_.sent;
    if (before && from)
      return fmt::format(" WHERE data_envio >= {} AND data_envio < {}", sql_.date(*from),
                         sql_.date(*before));
    if (before) return fmt::format(" WHERE data_envio < {}", sql_.date(*before));
    if (from) return fmt::format(" WHERE data_envio >= {} OR data_envio IS NULL", sql_.date(*from));
    return {};
  }

  const SourceRules& rules_;
  const Source& source_;
  std::size_t index_;
  Date day_;
  const std::string& zone_;
  const Dialect& sql_;
};

/// The expression `of(i)` for the input that a group's best row came from.
template <class Of>
std::string by_input(std::size_t inputs, const Of& of) {
  std::string whens;
  for (std::size_t i = 0; i + 1 < inputs; ++i) {
    const auto value = of(i);
    if (value != of(inputs - 1)) whens += fmt::format(" WHEN {} THEN {}", i, value);
  }
  const auto last = of(inputs - 1);
  return whens.empty() ? last : fmt::format("CASE best.source{} ELSE {} END", whens, last);
}

/// What is told of a rejected row, over the columns of judged_rows().
const std::vector<std::pair<std::string, std::string>>& reject_columns() {
  static const std::vector<std::pair<std::string, std::string>> columns = {
      {"source", "source"},
      {"file", "file"},
      {"row", "row"},
      {"column", "CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END"},
      {"value", "CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END"},
      {"reason",
       "CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no "
       "data_envio' ELSE 'not a date in the configured format' END"}};
  return columns;
}

std::string moved(const std::string& day, int days, const Dialect& dialect) {
  return days == 0 ? day : dialect.plus_days(day, days);
}

}  // namespace

int period_shift(const std::vector<SourceRules>& inputs, std::size_t i) {
  const auto dias = [&](std::size_t k) { return inputs[k].period.dias.value_or(0); };
  return dias(i) - dias(inputs.size() - 1);
}

std::string judged_rows(const std::vector<SourceRules>& inputs, const LoadDay& day,
                        const Dialect& dialect) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    parts.push_back(SourceQuery(inputs[i], i, day, dialect).text());
  return fmt::format("{}", fmt::join(parts, "\n  UNION ALL\n"));
}

std::string canal_query(const std::vector<SourceRules>& inputs, const LoadDay& day,
                        const Dialect& dialect) {
  std::vector<std::string> aggregates;
  bool shifted = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    shifted = shifted || period_shift(inputs, i) != 0;
    aggregates.push_back(inputs.size() == 1
                             ? "count(*) AS rows_0"
                             : fmt::format("count(*) FILTER (WHERE source = {0}) AS rows_{0}", i));
    if (inputs.size() > 1)
      aggregates.push_back(
          fmt::format("max(data_envio) FILTER (WHERE source = {0}) AS newest_{0}", i));
  }
  std::string leaves = "data_envio";
  if (shifted) {
    leaves = "CASE source";
    for (std::size_t i = 0; i < inputs.size(); ++i)
      leaves +=
          fmt::format(" WHEN {} THEN {}", i, moved("data_envio", period_shift(inputs, i), dialect));
    leaves += " END";
  }
  std::vector<std::string> names, values;
  for (const auto& [name, value] : reject_columns()) {
    names.push_back(name);
    values.push_back(value);
  }
  const auto reject = dialect.structure(names, values);
  return fmt::format(
      "SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,\n"
      "  {} AS best,\n  {},\n  {} AS rejects\nFROM (\n{}\n)\nGROUP BY 1, 2",
      dialect.leaves_last(leaves), fmt::join(aggregates, ", "),
      dialect.list_where(reject, "status = 'rejected'"), judged_rows(inputs, day, dialect));
}

std::string rejected_rows(const std::vector<SourceRules>& inputs, const LoadDay& day,
                          const Dialect& dialect) {
  std::vector<std::string> columns;
  for (const auto& [name, value] : reject_columns())
    columns.push_back(fmt::format("{} AS {}", value, dialect.identifier(name)));
  return fmt::format("SELECT {}\nFROM (\n{}\n)\nWHERE status = 'rejected'",
                     fmt::join(columns, ", "), judged_rows(inputs, day, dialect));
}

std::string published_rows(const std::string& groups, const std::string& kept,
                           const std::vector<SourceRules>& inputs, const LoadDay& day,
                           const Dialect& dialect) {
  const auto data_envio = by_input(inputs.size(), [&](std::size_t i) {
    return moved("best.data_envio", -period_shift(inputs, i), dialect);
  });
  const bool until_removed = inputs.front().period.until_removed();
  const auto qtd_dias =
      until_removed ? dialect.null_of("INTEGER") : dialect.days_between(data_envio, day.data_carga);
  // All inputs' dates are moved to the last one's period.
  const auto saida = until_removed
                         ? dialect.null_of("DATE")
                         : dialect.plus_days("best.data_envio", *inputs.back().period.dias);
  return fmt::format(
      "SELECT id_cliente, {} AS canal, best.email AS email, best.telefone AS telefone,\n"
      "  best.assunto AS assunto, {} AS data_envio, {} AS qtd_dias,\n"
      "  {} AS saida_prevista, {} AS data_carga\nFROM {}\nWHERE {}",
      dialect.text(day.canal), data_envio, qtd_dias, saida, dialect.date(day.data_carga), groups,
      kept);
}

}  // namespace quarentena
