#include "cli/answer_output.h"

#include <fmt/format.h>

#include "base/csv_record.h"
#include "cli/output.h"
#include "cli/table_text.h"
#include "cli/terminal.h"

namespace quarentena::cli {
namespace {

/// A plan is a drawing of its own; a box around it would break its lines.
bool is_plan(const TableAnswer& answer) {
  return answer.columns().size() == 2 && answer.columns()[1].name == "explain_value";
}

Status print_plan(TableAnswer& answer) {
  AnswerRow row;
  while (true) {
    TRY_ASSIGN(const bool more, answer.next(row));
    if (!more) return {};
    print_out("{}\n", row[1].value_or(""));
  }
}

Status print_table(TableAnswer& answer, std::size_t limit) {
  if (is_plan(answer)) return print_plan(answer);
  std::vector<TextColumn> columns;
  for (const auto& column : answer.columns())
    columns.push_back({column.name, column.numeric() ? Align::right : Align::left});
  if (columns.empty()) return {};
  TextTable table(columns);
  AnswerRow row;
  std::size_t rows = 0;
  while (true) {
    TRY_ASSIGN(const bool more, answer.next(row));
    if (!more) break;
    if (limit == 0 || rows < limit) table.add(row);
    ++rows;
  }
  table.print();
  const auto total = with_thousands(static_cast<long long>(rows));
  print_out("{} row{}{}\n", total, rows == 1 ? "" : "s",
            table.size() < rows
                ? fmt::format(", the first {} shown (--limit 0 shows all)", table.size())
                : "");
  return {};
}

Status print_csv(TableAnswer& answer) {
  AnswerRow row;
  for (const auto& column : answer.columns()) row.push_back(column.name);
  if (row.empty()) return {};
  for (bool more = true; more;) {
    print_out("{}", csv_record(row));
    TRY_ASSIGN(more, answer.next(row));
  }
  return {};
}

Status print_json(TableAnswer& answer) {
  AnswerRow row;
  const char* before = "[\n";
  while (true) {
    TRY_ASSIGN(const bool more, answer.next(row));
    if (!more) break;
    print_out("{}  {}", before, row[0].value_or("null"));
    before = ",\n";
  }
  print_out("{}\n", *before == '[' ? "[]" : "\n]");
  return {};
}

}  // namespace

void add_output_option(CLI::App& verb, OutputForm& form) {
  static const std::map<std::string, OutputForm> forms = {
      {"table", OutputForm::table}, {"csv", OutputForm::csv}, {"json", OutputForm::json}};
  verb.add_option("-o,--output", form, "table, csv or json")
      ->type_name("FORM")
      ->transform(CLI::CheckedTransformer(forms, CLI::ignore_case).description(""));
  verb.add_flag_callback(
      "--json", [&form] { form = OutputForm::json; }, "The same as --output json");
  verb.add_flag_callback(
      "--csv", [&form] { form = OutputForm::csv; }, "The same as --output csv");
}

Status print_answer(TableQuery& query, const std::string& sql, OutputForm form, std::size_t limit) {
  if (form == OutputForm::json) {
    TRY_ASSIGN(const auto answer, query.ask_as_json(sql));
    return print_json(*answer);
  }
  TRY_ASSIGN(const auto answer, query.ask(sql));
  return form == OutputForm::csv ? print_csv(*answer) : print_table(*answer, limit);
}

}  // namespace quarentena::cli
