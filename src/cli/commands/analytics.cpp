#include "analytics/analytics.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "analytics/files.h"
#include "analytics/svg.h"
#include "base/files.h"
#include "cli/chart_text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/table_text.h"
#include "cli/terminal.h"
#include "config/analytics.h"
#include "run/open_query.h"

namespace quarentena::cli {
namespace {

namespace fs = std::filesystem;
using analytics::Analysis;
using analytics::FileFormat;
using analytics::Language;

enum class ChartAs { unsaid, none, terminal, svg };

struct Options {
  std::string config;
  std::string folder;
  std::string engine;
  std::string as_of;
  std::string name;
  std::vector<std::string> names;
  std::vector<std::string> params;
  std::vector<std::string> formats;
  std::string out;
  ChartAs chart = ChartAs::unsaid;
  Language language = Language::pt;
  bool json = false;
};

constexpr const char* kExamples =
    "Examples:\n"
    "  quarentena analytics list\n"
    "  quarentena analytics run proximas_saidas\n"
    "  quarentena analytics run em_quarentena --param de=latest-6 --format csv\n"
    "  quarentena analytics run sobreposicao --out sobreposicao.xlsx\n"
    "  quarentena analytics run assuntos --chart svg --out assuntos.svg\n"
    "  quarentena analytics export --out relatorio --format xlsx --format svg\n";

Result<std::vector<Analysis>> all_analyses(const Options& options, const Plan& plan) {
  std::error_code error;
  if (!options.folder.empty()) return analytics::list_analyses(fs::absolute(options.folder, error));
  TRY_ASSIGN(const auto folder, load_analyses_folder(plan.file));
  return analytics::list_analyses(folder);
}

std::string written(const analytics::Chart& chart) {
  return chart.kind == analytics::Chart::Kind::none ? "" : analytics::name(chart.kind);
}

Status list(const Options& options) {
  TRY_ASSIGN(const Plan plan, plan_in(options.config));
  TRY_ASSIGN(const auto analyses, all_analyses(options, plan));
  if (options.json) {
    print_out("{}\n", to_json(analyses));
    return {};
  }
  TextTable table({{"name"}, {"title"}, {"parameters"}, {"chart"}, {"from"}});
  for (const auto& analysis : analyses) {
    std::vector<std::string> parameters;
    for (const auto& parameter : analysis.parameters)
      parameters.push_back(fmt::format("{}={}", parameter.name, parameter.by_default));
    table.add({analysis.name, analysis.title.in(options.language),
               fmt::format("{}", fmt::join(parameters, " ")), written(analysis.chart),
               analysis.file.empty() ? "quarentena" : analysis.file.parent_path().string()});
  }
  table.print();
  return {};
}

Status show(const Options& options) {
  TRY_ASSIGN(const Plan plan, plan_in(options.config));
  TRY_ASSIGN(const auto analyses, all_analyses(options, plan));
  TRY_ASSIGN(const auto analysis, find_analysis(analyses, options.name));
  print_out("{}", analysis.sql);
  return {};
}

/// `k=v` of --param, once each.
Result<analytics::Values> values_in(const std::vector<std::string>& params) {
  analytics::Values values;
  for (const auto& param : params) {
    const auto equals = param.find('=');
    if (equals == param.npos || equals == 0)
      return fail(ErrorKind::config, fmt::format("'{}' gives no parameter a value", param),
                  "write --param de=2024-05-01");
    if (!values.emplace(param.substr(0, equals), param.substr(equals + 1)).second)
      return fail(ErrorKind::config,
                  fmt::format("parameter '{}' has two values", param.substr(0, equals)),
                  "give it once");
  }
  return values;
}

struct Session {
  Plan plan;
  std::vector<Analysis> analyses;
  std::unique_ptr<TableQuery> query;
};

Result<Session> open(const Options& options) {
  Session session;
  TRY_ASSIGN(session.plan, plan_in(options.config, options.engine));
  TRY_ASSIGN(session.analyses, all_analyses(options, session.plan));
  TRY_ASSIGN(const AsOf as_of, as_of_text(options.as_of, session.plan.timezone));
  TRY_ASSIGN(session.query,
             open_query(session.plan, {as_of, &stop_requested(), session.plan.engine.kind}));
  return session;
}

void print_boxed(const Analysis& analysis, const analytics::Outcome& outcome,
                 const Options& options) {
  std::vector<std::string> values;
  for (const auto& [key, value] : outcome.values)
    values.push_back(fmt::format("{}={}", key, value));
  print_out("{}  {}\n", styled(Stream::out, Style::bold, analysis.title.in(options.language)),
            styled(Stream::out, Style::dim, fmt::format("{}", fmt::join(values, " "))));
  const bool draw = options.chart == ChartAs::terminal ||
                    (options.chart == ChartAs::unsaid && is_terminal(Stream::out));
  if (draw) print_out("{}", chart_text(analysis, outcome.table, options.language));
  std::vector<TextColumn> columns;
  for (const auto& column : outcome.table.columns)
    columns.push_back({column.name, column.numeric() ? Align::right : Align::left});
  TextTable table(columns);
  for (const auto& row : outcome.table.rows) table.add(row);
  table.print();
}

/// --format, else what the ending of --out says; nullopt: the boxed table.
Result<std::optional<FileFormat>> format_of(const Options& options) {
  if (options.chart == ChartAs::svg) return FileFormat::svg;
  if (!options.formats.empty() && options.formats[0] == "table" && !options.out.empty())
    return fail(ErrorKind::config, "a table is for reading on a terminal, not for a file",
                "choose csv, json, parquet, xlsx or svg");
  if (!options.formats.empty()) return analytics::file_format(options.formats[0]);
  if (options.out.empty()) return std::nullopt;
  auto ending = fs::path(options.out).extension().string();
  if (ending.starts_with('.')) ending.erase(0, 1);
  if (const auto format = analytics::file_format(ending)) return format;
  return fail(ErrorKind::config, fmt::format("'{}' does not tell its format", options.out),
              "add --format csv, json, parquet, xlsx or svg, or such an ending");
}

Status print_as(const Analysis& analysis, const analytics::Outcome& outcome, FileFormat format,
                Language language) {
  switch (format) {
    case FileFormat::csv:
      write_out(csv_text(outcome.table));
      return {};
    case FileFormat::json:
      write_out(rows_json(outcome.table) + "\n");
      return {};
    case FileFormat::svg:
      write_out(svg_chart(analysis, outcome, language));
      return {};
    case FileFormat::parquet:
    case FileFormat::xlsx:
      break;
  }
  return fail(ErrorKind::config, fmt::format("{} is written to a file", name(format)),
              fmt::format("add --out {}.{}", analysis.name, name(format)));
}

Status run(const Options& options) {
  TRY_ASSIGN(const auto values, values_in(options.params));
  TRY_ASSIGN(const auto format, format_of(options));
  TRY_ASSIGN(const auto session, open(options));
  TRY_ASSIGN(const auto analysis, find_analysis(session.analyses, options.name));
  TRY_ASSIGN(const auto outcome,
             run_analysis(analysis, values, *session.query, today_in(session.plan.timezone)));
  if (!format) {
    print_boxed(analysis, outcome, options);
    return {};
  }
  if (options.out.empty()) return print_as(analysis, outcome, *format, options.language);
  TRY_STATUS(write_file(analysis, outcome, *format, options.language, options.out));
  print_err("{}: {} rows\n", options.out,
            with_thousands(static_cast<long long>(outcome.table.rows.size())));
  return {};
}

/// Of the values that were given those that the analysis has a parameter for.
analytics::Values values_for(const Analysis& analysis, const analytics::Values& given) {
  analytics::Values out;
  for (const auto& parameter : analysis.parameters)
    if (const auto found = given.find(parameter.name); found != given.end()) out.insert(*found);
  return out;
}

Status export_one(const Analysis& analysis, const analytics::Values& values, const Session& session,
                  const Options& options) {
  TRY_ASSIGN(const auto outcome,
             run_analysis(analysis, values, *session.query, today_in(session.plan.timezone)));
  const bool drawn = analysis.chart.kind != analytics::Chart::Kind::none;
  const std::vector<std::string> csv = {"csv"};
  for (const auto& text : options.formats.empty() ? csv : options.formats) {
    const auto format = *analytics::file_format(text);
    if (format == FileFormat::svg && !drawn) continue;
    const auto file = fs::path(options.out) / fmt::format("{}.{}", analysis.name, name(format));
    TRY_STATUS(write_file(analysis, outcome, format, options.language, file));
    print_err("{}\n", file.string());
  }
  return {};
}

Status export_all(const Options& options) {
  TRY_ASSIGN(const auto values, values_in(options.params));
  TRY_ASSIGN(const auto session, open(options));
  std::vector<Analysis> wanted;
  for (const auto& name : options.names) {
    TRY_ASSIGN(auto analysis, find_analysis(session.analyses, name));
    wanted.push_back(std::move(analysis));
  }
  if (options.names.empty()) wanted = session.analyses;
  for (const auto& [name, value] : values)
    if (std::none_of(wanted.begin(), wanted.end(), [&key = name](const auto& analysis) {
          return !values_for(analysis, {{key, ""}}).empty();
        }))
      return fail(ErrorKind::config, fmt::format("no analysis here has a parameter '{}'", name),
                  "see `quarentena analytics list`");
  std::error_code error;
  fs::create_directories(options.out, error);
  if (error) return tl::unexpected<Error>(disk_error(options.out, "make", error.value()));
  for (const auto& analysis : wanted)
    TRY_STATUS(export_one(analysis, values_for(analysis, values), session, options));
  return {};
}

void add_common(CLI::App& verb, Options& options) {
  add_config_option(verb, options.config);
  verb.add_option("--folder", options.folder,
                  "A folder of your own analyses, in place of the configuration's")
      ->type_name("FOLDER");
  static const std::map<std::string, Language> languages = {{"pt", Language::pt},
                                                            {"en", Language::en}};
  verb.add_option("--lang", options.language, "Titles in pt (default) or en")
      ->type_name("LANG")
      ->transform(CLI::CheckedTransformer(languages).description(""));
}

void add_asking(CLI::App& verb, Options& options) {
  add_common(verb, options);
  add_engine_option(verb, options.engine);
  verb.add_option("-p,--param", options.params,
                  "A parameter's value; may be given several times. Days are 2024-05-28, today, "
                  "latest (the table's newest), or either with -29")
      ->type_name("NAME=VALUE");
  verb.add_option("--as-of", options.as_of, "The table as it was: a version, or a time")
      ->type_name("VERSION|TIME");
}

void add_run_verb(CLI::App& verb, const std::shared_ptr<Options>& options, int& exit_code) {
  add_asking(verb, *options);
  verb.add_option("name", options->name, "As `list` shows it")->type_name("NAME")->required();
  verb.add_option("--format", options->formats,
                  "table (default), csv, json, parquet, xlsx or svg; else as --out ends")
      ->type_name("FORMAT")
      ->expected(1)
      ->check(CLI::IsMember({"table", "csv", "json", "parquet", "xlsx", "svg"}));
  verb.add_option("--out", options->out, "Write to a file, in place of standard output")
      ->type_name("FILE");
  static const std::map<std::string, ChartAs> charts = {
      {"none", ChartAs::none}, {"terminal", ChartAs::terminal}, {"svg", ChartAs::svg}};
  verb.add_option("--chart", options->chart,
                  "terminal (default on one), svg (the same as --format svg), or none")
      ->type_name("CHART")
      ->transform(CLI::CheckedTransformer(charts).description(""));
  verb.callback([options, &exit_code] { exit_code = exit_code_of(run(*options)); });
}

void add_export_verb(CLI::App& verb, const std::shared_ptr<Options>& options, int& exit_code) {
  add_asking(verb, *options);
  verb.add_option("names", options->names, "Which; without any: all")->type_name("NAME...");
  verb.add_option("--out", options->out, "The folder to write to; it is made")
      ->type_name("FOLDER")
      ->required();
  verb.add_option("--format", options->formats,
                  "csv (default), json, parquet, xlsx or svg; may be given several times")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"csv", "json", "parquet", "xlsx", "svg"}));
  verb.callback([options, &exit_code] { exit_code = exit_code_of(export_all(*options)); });
}

}  // namespace

void add_analytics(CLI::App& verb, int& exit_code) {
  const auto options = std::make_shared<Options>();
  verb.require_subcommand(1);
  verb.footer(kExamples);
  auto* list_verb = verb.add_subcommand("list", "The analyses there are");
  add_common(*list_verb, *options);
  list_verb->add_flag("--json", options->json, "As a JSON array");
  list_verb->callback([options, &exit_code] { exit_code = exit_code_of(list(*options)); });
  auto* show_verb = verb.add_subcommand("show", "The file of one: its header and its SQL");
  add_common(*show_verb, *options);
  show_verb->add_option("name", options->name, "As `list` shows it")->type_name("NAME")->required();
  show_verb->callback([options, &exit_code] { exit_code = exit_code_of(show(*options)); });
  add_run_verb(*verb.add_subcommand("run", "Ask one and show its answer"), options, exit_code);
  add_export_verb(*verb.add_subcommand("export", "Write the answers of all or some to a folder"),
                  options, exit_code);
}

}  // namespace quarentena::cli
