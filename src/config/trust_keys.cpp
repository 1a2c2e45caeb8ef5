#include "config/keys.h"
#include "config/shapes.h"

namespace quarentena::keys {
namespace {

constexpr std::int64_t kMostRows = 1'000'000'000'000;

/// Shrinking ends at nothing, growth nowhere near.
constexpr std::int64_t kMostShrink = 100;
constexpr std::int64_t kMostGrowth = 9'999;

Shape change(const std::vector<Key>& limit) {
  Shape shape = map(limit);
  shape.not_empty = true;
  return shape;
}

std::vector<Key> change_limit(std::int64_t most_percent) {
  return {
      {.name = "percent",
       .doc = "Of the usual number of rows.",
       .examples = {"50%", "50"},
       .by_default = "0",
       .shapes = {percent(most_percent)},
       .also_called = {"pct", "percentage", "percentual", "porcentagem"}},
      {.name = "count",
       .doc = "Rows.",
       .examples = {"100"},
       .by_default = "0",
       .shapes = {integer(0, kMostRows)},
       .also_called = {"rows", "linhas", "quantidade"}},
  };
}

std::vector<Key> brake(std::string count, std::string percent_of) {
  return {
      {.name = "count",
       .doc = "Early releases in a canal.",
       .examples = {"100"},
       .by_default = std::move(count),
       .shapes = {integer(0, kMostRows)},
       .also_called = {"clients", "clientes", "quantidade"}},
      {.name = "percent",
       .doc = "Early releases, of the clients in quarantine in that canal the day before. `100%` "
              "never holds a load.",
       .examples = {"10%", "10"},
       .by_default = std::move(percent_of),
       .shapes = {percent(100)},
       .also_called = {"pct", "percentage", "percentual", "porcentagem"}},
  };
}

}  // namespace

const std::vector<Key>& trust() {
  static const std::vector<Key> keys{
      {.name = "keeps",
       .doc =
           "What the source holds. `snapshot`: everybody still in force, so that absence from an "
           "accepted delivery releases. `events`: new contacts only, so that who was seen stays "
           "until the period ends; needs a period.",
       .examples = {"events"},
       .by_default = "snapshot",
       .shapes = {word({"snapshot", "events"})},
       .also_called = {"memory", "holds", "guarda", "mantem"}},
      {.name = "applies",
       .doc = "Whom a changed `dias` is for: contacts made before too (`to_all`), or only those "
              "from the first load under the new period on (`from_now`).",
       .examples = {"from_now"},
       .by_default = "to_all",
       .shapes = {word({"from_now", "to_all"})},
       .also_called = {"applies_to", "aplica", "vale_para"}},
      {.name = "on_failure",
       .doc = "When a delivery is not accepted. `carry`: the last accepted state stays in force, "
              "re-dated. `fail`: the run ends, the table stays as it is. `skip`: the source counts "
              "for nobody on that day, which releases its clients.",
       .examples = {"fail"},
       .by_default = "carry",
       .shapes = {word({"carry", "fail", "skip"})},
       .also_called = {"on_error", "em_falha", "se_falhar"}},
      {.name = "contract",
       .doc = "`evolve`: new columns are welcome, a mapped one must be there with its type. "
              "`freeze`: the same columns and types as the last accepted delivery.",
       .examples = {"freeze"},
       .by_default = "evolve",
       .shapes = {word({"evolve", "freeze"})},
       .also_called = {"schema", "schema_contract", "contrato"}},
      {.name = "freshness",
       .doc = "How new a delivery must be. A limit that is not named is not judged.",
       .examples = {"{ max_age: 26h, newest_within: 1, deadline: \"07:00\" }"},
       .shapes = {map(freshness())},
       .also_called = {"fresh", "frescor", "atualidade"}},
      {.name = "volume",
       .doc =
           "How many rows a delivery must have, of those that `where` keeps; changes are against "
           "the median of the source's last accepted loads.",
       .examples = {"{ min_rows: 1000, shrink: 30%, growth: { percent: 300, count: 5000 } }"},
       .shapes = {map(volume())},
       .also_called = {"rows", "linhas", "volumetria"}},
      {.name = "rejects",
       .doc =
           "The most of the rows that `where` keeps that may be rejected (no `id_cliente`, or no "
           "usable `data_envio`). `100%` accepts any share.",
       .examples = {"5%"},
       .by_default = "30%",
       .shapes = {percent(100)},
       .also_called = {"max_rejects", "reject_rate", "rejeitados", "rejeicoes"}},
      {.name = "expectations",
       .doc = "Conditions of your own on a delivery, each in SQL.",
       .examples = {"[ { name: emails, sql: count(email) > 0.8 * count(*), on_failure: warn } ]"},
       .shapes = {maps(expectation(), "expectation")},
       .also_called = {"expect", "checks", "tests", "expectativas"}},
  };
  return keys;
}

const std::vector<Key>& freshness() {
  static const std::vector<Key> keys{
      {.name = "max_age",
       .doc = "How old the newest file may be at the time of the run, in hours or days.",
       .examples = {"26h", "2d"},
       .shapes = {text("^[1-9][0-9]{0,3}[hd]$")},
       .also_called = {"age", "idade", "idade_maxima"}},
      {.name = "newest_within",
       .doc = "The newest `data_envio` is at most so many days before `data_carga`.",
       .examples = {"1"},
       .shapes = {integer(0, 3660)},
       .also_called = {"newest", "max_lag", "mais_recente"}},
      {.name = "deadline",
       .doc = "The time of day at which the day's delivery is due, in `timezone`.",
       .examples = {"\"07:00\""},
       .shapes = {text("^([01][0-9]|2[0-3]):[0-5][0-9]$")},
       .also_called = {"due", "due_by", "prazo", "horario"}},
      {.name = "timezone",
       .doc = "The IANA time zone of `deadline`.",
       .examples = {"America/Manaus"},
       .by_default = "the file's `timezone`",
       .shapes = {text()},
       .also_called = {"tz", "time_zone", "fuso", "fuso_horario"}},
  };
  return keys;
}

const std::vector<Key>& volume() {
  static const std::vector<Key> keys{
      {.name = "min_rows",
       .doc = "Fewer rows than this are not a delivery; `0` accepts an empty one.",
       .examples = {"1000"},
       .by_default = "1; with `keeps: events`, 0",
       .shapes = {integer(0, kMostRows)},
       .also_called = {"min", "minimum", "minimo", "min_linhas"}},
      {.name = "shrink",
       .doc = "How far below the usual number of rows a delivery may be. `off` does not judge it.",
       .examples = {"30%", "{ percent: 50, count: 100 }", "off"},
       .by_default = "50%; with `keeps: events`, off",
       .shapes = {word({"off"}), percent(kMostShrink), change(shrink_limit())},
       .also_called = {"drop", "queda", "reducao"}},
      {.name = "growth",
       .doc = "How far above the usual number of rows a delivery may be. `off` does not judge it.",
       .examples = {"300%", "{ percent: 300, count: 5000 }"},
       .by_default = "off",
       .shapes = {word({"off"}), percent(kMostGrowth), change(growth_limit())},
       .also_called = {"grow", "aumento", "crescimento"}},
  };
  return keys;
}

const std::vector<Key>& shrink_limit() {
  static const std::vector<Key> keys = change_limit(kMostShrink);
  return keys;
}

const std::vector<Key>& growth_limit() {
  static const std::vector<Key> keys = change_limit(kMostGrowth);
  return keys;
}

const std::vector<Key>& expectation() {
  static const std::vector<Key> keys{
      {.name = "name",
       .doc = "What reports and the ledger call it.",
       .examples = {"emails"},
       .shapes = {text()},
       .required = true,
       .also_called = {"nome", "id"}},
      {.name = "sql",
       .doc = "True when the delivery is as expected: SQL with aggregates over its rows, with "
              "the source's own columns and `data_carga`.",
       .examples = {"count(email) > 0.8 * count(*)"},
       .shapes = {{.is = Is::long_text}},
       .required = true,
       .also_called = {"condition", "expect", "condicao"}},
      {.name = "on_failure",
       .doc = "When it is not true. `warn`: the report says so. `hold`: the delivery is not "
              "accepted, and the source's own `on_failure` says what then. `fail`: the run ends.",
       .examples = {"warn"},
       .by_default = "hold",
       .shapes = {word({"warn", "hold", "fail"})},
       .also_called = {"severity", "on_error", "em_falha"}},
  };
  return keys;
}

const std::vector<Key>& release_brake() {
  static const std::vector<Key> keys = [] {
    std::vector<Key> all = brake("10", "10%");
    all.push_back({.name = "canais",
                   .doc = "Other limits for some canals; what one does not say is as above.",
                   .examples = {"{ Fraude: { count: 0, percent: 0 } }"},
                   .shapes = {named_maps(canal_brake(), kCanalPattern, "canal")},
                   .also_called = {"canal", "canals", "channels"}});
    return all;
  }();
  return keys;
}

const std::vector<Key>& canal_brake() {
  static const std::vector<Key> keys =
      brake("`count` of `release_brake`", "`percent` of `release_brake`");
  return keys;
}

}  // namespace quarentena::keys
