#include "config/keys.h"

#include "config/shapes.h"

namespace quarentena::keys {
namespace {

constexpr const char* kStagingPattern =
    "^(?![A-Za-z][A-Za-z0-9+.-]*://|~).+$|^(file|s3|abfss|gs|volumes)://.+$";
constexpr const char* kTablePattern =
    "^(?![A-Za-z][A-Za-z0-9+.-]*://|~).+$|^(file|s3|abfss|gs|uc)://.+$";

std::vector<std::string> names_of(const std::vector<Key>& keys) {
  std::vector<std::string> names;
  for (const Key& key : keys) names.push_back(key.name);
  return names;
}

Shape one_key_of(const std::vector<Key>& keys) {
  Shape shape = map(keys);
  shape.exactly_one = names_of(keys);
  return shape;
}

Shape mapping_map() {
  Shape shape = map(mapping());
  shape.exactly_one = {"column", "value"};
  return shape;
}

Key target(std::string name, std::string doc, std::vector<std::string> examples,
           std::vector<std::string> also_called) {
  std::string itself = "`" + name + "`";
  return {.name = std::move(name),
          .doc = std::move(doc),
          .examples = std::move(examples),
          .by_default = std::move(itself),
          .shapes = {text(), mapping_map()},
          .also_called = std::move(also_called)};
}

}  // namespace

const std::vector<Key>& root() {
  static const std::vector<Key> keys{
      {.name = "version",
       .doc = "The version of this file's format. Always `1` today.",
       .examples = {"1"},
       .shapes = {integer(1, 1)},
       .required = true},
      {.name = "timezone",
       .doc = "The IANA time zone that says which day it is: `data_carga` is today there, and a "
              "timestamp with a zone is converted to it before its day is taken.",
       .examples = {"America/Manaus"},
       .by_default = "America/Sao_Paulo",
       .shapes = {text()},
       .also_called = {"tz", "time_zone", "fuso", "fuso_horario"}},
      {.name = "table",
       .doc = "The published Delta table: a path, `s3://`, `abfss://`, `gs://` or "
              "`uc://catalog.schema.table`. A relative path is relative to this file.",
       .examples = {"./data/quarentena_global", "s3://bucket/quarentena_global",
                    "{ location: \"s3://bucket/quarentena_global\", auth: { profile: lake } }"},
       .by_default = "./data/quarentena_global",
       .shapes = {text(kTablePattern), map(table())},
       .also_called = {"output", "destination", "target", "tabela"}},
      {.name = "catalog",
       .doc =
           "With a `table` of `uc://`: how to reach the Unity Catalog, and what may be made in it.",
       .examples = {"{ create: true, location: \"s3://bucket/quarentena_global\" }"},
       .shapes = {map(catalog())},
       .also_called = {"unity_catalog", "catalogo"}},
      {.name = "engine",
       .doc = "What runs the SQL: `duckdb`, inside this program, a Spark Connect server, or "
              "Databricks.",
       .examples = {"duckdb", "{ spark: \"sc://host:15002\" }", "{ warehouse: 1234567890abcdef }"},
       .by_default = "duckdb",
       .shapes = {word({"duckdb"}), one_key_of(engines())}},
      {.name = "staging",
       .doc = "Where what was delivered, and what each run did, is kept: a folder, or a place that "
              "outlives this machine: `s3://`, `abfss://`, `gs://` or "
              "`volumes://catalog/schema/volume/path`. A relative path is relative to this file.",
       .examples = {"./data/staging",
                    "{ location: \"s3://bucket/staging\", auth: { profile: lake } }"},
       .by_default = "./data/staging",
       .shapes = {text(kStagingPattern), map(staging())},
       .also_called = {"stage", "workdir", "temp"}},
      {.name = "identity",
       .doc = "Which keys `quarentena sql` makes so that one person's several writings match, in "
              "the views `identidades` and `identidades_rejeitadas`. What was delivered is never "
              "changed by them; see docs/concepts/identity.md.",
       .examples = {"{ cpf: id_cliente, telefone: true, email: true }"},
       .shapes = {map(identity())},
       .also_called = {"identities", "identidade", "identidades", "keys"}},
      {.name = "check",
       .doc = "Who may be contacted: what `quarentena check` and `serve` answer by; see "
              "docs/guides/before-a-campaign.md.",
       .examples = {"{ max_age: 26h, person: [Restritos, Fraude] }"},
       .shapes = {map(check())},
       .also_called = {"consulta", "lookup", "checks"}},
      {.name = "keep_days",
       .doc = "How many days a delivery is kept in `staging` after it was last in force. What is "
              "kept is what `explain`, `backfill` and `simulate` can look back on.",
       .examples = {"730"},
       .by_default = "400",
       .shapes = {integer(1, 36'600)},
       .also_called = {"retention", "retention_days", "retencao", "manter_dias"}},
      {.name = "release_brake",
       .doc = "How many clients may leave a canal early (in quarantine the day before, period not "
              "over, absent now) before the load is held until a person approves it.",
       .examples = {"{ count: 100, percent: 10%, canais: { Fraude: { count: 0, percent: 0 } } }"},
       .by_default = "{ count: 10, percent: 10% }",
       .shapes = {map(release_brake())},
       .also_called = {"brake", "release_limit", "freio", "freio_de_liberacao"}},
      {.name = "schedule",
       .doc =
           "The loads that `quarentena daemon` begins by the clock, and what becomes of those it "
           "missed; see docs/guides/scheduling.md.",
       .examples = {"{ loads: { diaria: { cron: \"0 6 * * *\", wait_until: \"09:00\" } } }"},
       .shapes = {map(schedule())},
       .also_called = {"daemon", "agenda", "agendamento"}},
      {.name = "serve",
       .doc = "What `quarentena serve` listens on, and what a client may cost it; see docs/api.md.",
       .examples = {"{ listen: \"0.0.0.0:8443\", tls: { certificate: ./server.pem, key: "
                    "./server.key } }"},
       .shapes = {map(serve())},
       .also_called = {"server", "http", "api", "servidor"}},
      {.name = "analytics",
       .doc = "Questions of your own for `quarentena analytics`; see docs/guides/analytics.md.",
       .examples = {"{ folder: ./analytics }"},
       .shapes = {map(analytics())},
       .also_called = {"analyses", "analises", "reports"}},
      {.name = "alerts",
       .doc = "Who is told when a day is held, failed or degraded, when a source is late or the "
              "table stale, and when that is over; see docs/guides/alerts.md.",
       .examples = {"{ channels: { plantao: { webhook: { url: \"${env:SLACK_URL}\", shape: slack } "
                    "} } }"},
       .shapes = {map(alerts())},
       .also_called = {"alert", "alertas", "notifications", "notificacoes"}},
      {.name = "telemetry",
       .doc = "What your own monitoring is told of each run: traces and metrics; see "
              "docs/guides/alerts.md.",
       .examples = {"{ otlp: \"https://collector:4318\", metrics_file: ./quarentena.prom }"},
       .shapes = {map(telemetry())},
       .also_called = {"monitoring", "observability", "telemetria", "tracing"}},
      {.name = "sources",
       .doc = "Who delivers contacts. Each entry is a name of your choice (letters, digits, `_`, "
              "`.`, `-`) and what is known about that source.",
       .shapes = {named_maps(source(), kSourceNamePattern, "source")},
       .required = true,
       .also_called = {"inputs", "fontes"}},
  };
  return keys;
}

const std::vector<Key>& analytics() {
  static const std::vector<Key> keys{
      {.name = "folder",
       .doc = "A folder of `.sql` files, each an analysis: they are added to those that come with "
              "the program, or take the place of the one of the same name. A relative path is "
              "relative to this file.",
       .examples = {"./analytics"},
       .shapes = {text()},
       .required = true,
       .also_called = {"path", "pasta", "dir"}},
  };
  return keys;
}

const std::vector<Key>& table() {
  static const std::vector<Key> keys{
      {.name = "location",
       .doc = "As `table` itself says it.",
       .examples = {"s3://bucket/quarentena_global"},
       .shapes = {text(kTablePattern)},
       .required = true,
       .also_called = {"path", "url", "uri"}},
      {.name = "auth",
       .doc =
           "How to sign in to the table's `s3://`, `abfss://` or `gs://`; see `auth` of a "
           "source. When absent: what the vendor's own tools would find (environment, profiles). "
           "A table of `uc://` signs in with `catalog.auth`.",
       .examples = {"{ profile: lake }"},
       .shapes = {map(auth())},
       .also_called = {"credentials", "login"}},
  };
  return keys;
}

const std::vector<Key>& staging() {
  static const std::vector<Key> keys{
      {.name = "location",
       .doc = "As `staging` itself says it.",
       .examples = {"s3://bucket/staging"},
       .shapes = {text(kStagingPattern)},
       .required = true,
       .also_called = {"path", "url", "uri"}},
      {.name = "auth",
       .doc = "How to sign in there; see `auth` of a source. When absent: what the vendor's own "
              "tools would find (environment, profiles).",
       .examples = {"{ profile: lake }"},
       .shapes = {map(auth())},
       .also_called = {"credentials", "login"}},
  };
  return keys;
}

const std::vector<Key>& catalog() {
  static const std::vector<Key> keys{
      {.name = "create",
       .doc = "Make the table in the catalog when it is not there, as an external one, and its "
              "catalog and schema too. Needs `location`.",
       .by_default = "false",
       .shapes = {boolean()}},
      {.name = "location",
       .doc = "Where the files of a new table go: inside an external location of the catalog.",
       .examples = {"\"s3://bucket/quarentena_global\""},
       .shapes = {text("^(?![A-Za-z][A-Za-z0-9+.-]*://|~).+$|^(file|s3|abfss|gs)://.+$")},
       .also_called = {"storage_location", "path"}},
      {.name = "auth",
       .doc = "How to sign in to the catalog; see `auth` of a source. When absent: the environment "
              "(`DATABRICKS_HOST`, `DATABRICKS_TOKEN`, ...) and `~/.databrickscfg`.",
       .examples = {"{ host: \"https://dbc-1.cloud.databricks.com\", token: \"${env:UC_TOKEN}\" }"},
       .shapes = {map(auth())},
       .also_called = {"credentials", "login"}},
  };
  return keys;
}

const std::vector<Key>& identity() {
  static const std::vector<Key> keys{
      {.name = "cpf",
       .doc = "The column of the table that holds a CPF: its key is eleven digits whose check "
              "digits are right.",
       .examples = {"id_cliente"},
       .shapes = {word({"id_cliente", "email", "telefone", "assunto"})},
       .also_called = {"documento"}},
      {.name = "telefone",
       .doc = "A key for `telefone`: E.164, with the ninth digit of mobiles.",
       .by_default = "false",
       .shapes = {boolean()},
       .also_called = {"phone", "celular"}},
      {.name = "email",
       .doc = "A key for `email`: lower case, Unicode's one form, the domain in ASCII.",
       .by_default = "false",
       .shapes = {boolean()},
       .also_called = {"mail", "e_mail"}},
  };
  return keys;
}

const std::vector<Key>& engines() {
  static const std::vector<Key> keys{
      {.name = "spark",
       .doc = "A Spark Connect server, as Spark's own clients write it; a token is a reference. "
              "See [engines](engines.md).",
       .examples = {"\"sc://host:15002\"",
                    "\"sc://host:443/;token=${env:TOKEN};x-databricks-cluster-id=0528-1\""},
       .shapes = {text("^sc://[^/\\s].*$")}},
      {.name = "cluster",
       .doc = "A Databricks cluster by its id, or `serverless`, through Spark Connect. Who we are "
              "there is found as Databricks' own tools do (`catalog: { auth: ... }` comes first).",
       .examples = {"0528-101010-abcdefgh", "serverless"},
       .shapes = {text("^[0-9A-Za-z][0-9A-Za-z-]*$")}},
      {.name = "warehouse",
       .doc =
           "A Databricks SQL warehouse, by its id or the HTTP path that ends in it; signed in to "
           "as `cluster`.",
       .examples = {"1234567890abcdef", "/sql/1.0/warehouses/1234567890abcdef"},
       .shapes = {text("^(/sql/1\\.0/warehouses/)?[0-9A-Za-z]+$")},
       .also_called = {"http_path", "sql_warehouse"}},
  };
  return keys;
}

const std::vector<Key>& delivery() {
  static const std::vector<Key> keys{
      {.name = "canal",
       .doc = "The channel its contacts belong to, a partition of the table. Two sources may feed "
              "one canal when their `dias` are the same.",
       .examples = {"CRM", "Marketing"},
       .shapes = {text(kCanalPattern)},
       .required = true,
       .also_called = {"channel"}},
      {.name = "location",
       .doc =
           "A file or folder: a path, `file://`, `sharepoint://`, `sftp://`, `s3://`, "
           "`abfss://`, `gs://`, `uc://catalog.schema.table`, "
           "`volumes://catalog/schema/volume/path` or `https://`. It may hold the patterns `*` and "
           "`?`, and "
           "the day of the load as `{data_carga:%Y%m%d}` (codes `%Y %y %m %d %j %%`). A relative "
           "path is relative to this file.",
       .examples = {"./entrada/marketing.csv",
                    "\"sftp://host/Export/mkt_{data_carga:%Y%m%d}*.csv\""},
       .shapes = {text("^(?![A-Za-z][A-Za-z0-9+.-]*://|~).+$|"
                       "^(file|sharepoint|sftp|s3|abfss|gs|uc|volumes|https)://.+$")},
       .required = true,
       .also_called = {"path", "url", "uri", "file", "arquivo", "caminho"}},
      {.name = "format",
       .doc = "How the file is written, by name, or with options. When absent, the extension says: "
              "`.csv .txt .tsv` (also `.gz`, `.zip`), `.xlsx .xls .xlsb .ods`, `.json .jsonl "
              ".ndjson` (also `.gz`), `.parquet`, each also encrypted (`.pgp`, `.gpg`, `.asc`); "
              "`uc://` is `delta` (or `parquet`, when you say so).",
       .examples = {"xlsx", "{ csv: { separator: \";\" } }"},
       .by_default = "from the extension",
       .shapes = {word(names_of(formats())), one_key_of(formats())},
       .also_called = {"type", "formato"}},
      {.name = "auth",
       .doc = "How to sign in, for a location that asks for it. Secrets are references: "
              "`${env:NAME}`, `${file:/path}`, `${cmd:command}`, `${databricks:scope/key}`.",
       .examples = {"{ user: carga, password: \"${env:SFTP_PASSWORD}\" }"},
       .shapes = {map(auth())},
       .also_called = {"credentials", "login"}},
      {.name = "columns",
       .doc = "Where each column of the table comes from. A column not named here is the source's "
              "column of the same name.",
       .examples = {"{ assunto: subject, email: contatos.email }"},
       .by_default = "the same names",
       .shapes = {map(columns())},
       .also_called = {"mapping", "fields", "colunas"}},
      {.name = "where",
       .doc = "SQL over the source's own columns and `data_carga`: only the rows for which it is "
              "true count, the others are `filtered`.",
       .examples = {"data_base = data_carga", "email IS NOT NULL"},
       .by_default = "every row",
       .shapes = {{.is = Is::long_text}},
       .also_called = {"filter", "filtro"}},
      {.name = "dias",
       .doc = "The quarantine period: the last day is `data_envio + dias`, and it is included. "
              "`until_removed` has no period: the client stays until the source no longer holds "
              "them. May be left out for the canals that have a default (see below).",
       .examples = {"30", "until_removed"},
       .by_default = "the canal's default",
       .shapes = {integer(0, 3660), word({"until_removed"})},
       .also_called = {"days", "period", "prazo", "quarentena"}},
      {.name = "dates",
       .doc = "How dates are written when they are text: strptime formats, tried in this order. "
              "Nothing is guessed. Codes: `%Y %y %m %d %j %b %B %a %A %H %I %M %S %f %p %z %%`; "
              "month and day names are English.",
       .examples = {"[\"%d/%m/%Y\"]"},
       .by_default = "ISO 8601 (`2024-05-28`, with or without a time)",
       .shapes = {texts()},
       .also_called = {"date_format", "date_formats", "datas"}},
      {.name = "take",
       .doc = "SFTP: which of the files that a pattern or a folder finds count: `all` of them, or "
              "only the `newest` (the last changed; of equals, the last by name).",
       .examples = {"newest"},
       .by_default = "all",
       .shapes = {word({"all", "newest"})},
       .also_called = {"which", "pick"}},
      {.name = "settle",
       .doc =
           "SFTP: a file counts as whole when its size and its time did not change for this long: "
           "`500ms`, `5s`, `1m`. `0s` looks twice without waiting.",
       .examples = {"30s"},
       .by_default = "5s",
       .shapes = {text("^(0|[1-9][0-9]{0,5})(ms|s|m)$")},
       .also_called = {"stable_for", "wait"}},
      {.name = "connect_timeout",
       .doc = "How long a server may take until it is connected and ready to answer (SFTP: until "
              "signed in): `500ms`, `15s`, `1m`.",
       .examples = {"1m"},
       .by_default = "15s",
       .shapes = {text("^[1-9][0-9]{0,5}(ms|s|m)$")},
       .also_called = {"timeout", "connection_timeout"}},
      {.name = "stall_timeout",
       .doc = "A transfer that brings no byte for this long is broken off, and gone on with from "
              "where it was.",
       .examples = {"2m"},
       .by_default = "30s",
       .shapes = {text("^[1-9][0-9]{0,5}(ms|s|m)$")},
       .also_called = {"read_timeout", "idle_timeout"}},
      {.name = "patience",
       .doc = "How long a busy server may make us wait in all (`Retry-After`, as SharePoint says "
              "when it throttles) before the source is given up for now. `0s` never waits for one "
              "that asks. SFTP has no such answer.",
       .examples = {"30m"},
       .by_default = "10m",
       .shapes = {text("^(0|[1-9][0-9]{0,5})(ms|s|m)$")},
       .also_called = {"retry_for", "retry_after", "max_wait"}},
      {.name = "max_connections",
       .doc = "At most so many connections carry files from this source's host at once, those of "
              "the other sources of the run counted in. The others wait for their turn.",
       .examples = {"1"},
       .by_default = "4; S3, ADLS, GCS: 12",
       .shapes = {integer(1, 64)},
       .also_called = {"connections", "parallel"}},
  };
  return keys;
}

const std::vector<Key>& columns() {
  static const std::vector<Key> keys{
      target("id_cliente", "The client's id, text always: leading zeros survive.",
             {"cpf", "{ column: cpf, pad: 11 }"}, {"id", "client_id", "cliente", "customer_id"}),
      target("email", "The e-mail address.", {"contatos.email"}, {"mail", "e_mail"}),
      target("telefone", "The phone number.", {"contatos.numero_telefone"},
             {"phone", "celular", "fone"}),
      target("assunto", "What the contact was about.", {"subject", "{ value: suspeita de fraude }"},
             {"subject", "motivo", "reason"}),
      target("data_envio", "The day of the contact, from which the period counts.", {"dt_inclus"},
             {"data", "date", "sent_at"}),
  };
  return keys;
}

const std::vector<Key>& mapping() {
  static const std::vector<Key> keys{
      {.name = "column",
       .doc = "The source's column, or a dotted path into it.",
       .examples = {"contatos.email"},
       .shapes = {text()},
       .also_called = {"from", "coluna", "path"}},
      {.name = "value",
       .doc = "This text in every row, instead of a column.",
       .examples = {"suspeita de fraude"},
       .shapes = {text()},
       .also_called = {"constant", "valor"}},
      {.name = "pad",
       .doc = "Restores the leading zeros a spreadsheet took: digits shorter than this are filled "
              "with zeros on the left. With `column` only.",
       .examples = {"11"},
       .shapes = {integer(1, 64)},
       .also_called = {"zeros", "width"}},
  };
  return keys;
}

const Key* find(const std::vector<Key>& keys, std::string_view name) {
  for (const Key& key : keys) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

const std::vector<std::string>& location_schemes() {
  static const std::vector<std::string> schemes{"file", "sharepoint", "sftp",    "s3",   "abfss",
                                                "gs",   "uc",         "volumes", "https"};
  return schemes;
}

const std::vector<std::string>& table_schemes() {
  static const std::vector<std::string> schemes{"file", "s3", "abfss", "gs", "uc"};
  return schemes;
}

}  // namespace quarentena::keys
