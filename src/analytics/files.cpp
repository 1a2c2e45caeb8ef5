#include "analytics/files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "analytics/svg.h"
#include "analytics/xlsx.h"
#include "base/csv_record.h"
#include "base/files.h"
#include "engine/answer_file.h"

namespace quarentena::analytics {
namespace {

namespace fs = std::filesystem;

constexpr FileFormat kFormats[] = {FileFormat::csv, FileFormat::json, FileFormat::parquet,
                                   FileFormat::xlsx, FileFormat::svg};

Status write_text(const std::string& text, const fs::path& file) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text << std::flush;
  if (out) return {};
  return tl::unexpected<Error>(disk_error(file, "write", errno));
}

Status write_as(const Analysis& analysis, const Outcome& outcome, FileFormat format,
                Language language, const fs::path& file) {
  switch (format) {
    case FileFormat::csv:
      return write_text(csv_text(outcome.table), file);
    case FileFormat::json:
      return write_text(rows_json(outcome.table) + "\n", file);
    case FileFormat::parquet:
      return write_parquet(outcome.table.columns, outcome.table.rows, file);
    case FileFormat::xlsx:
      return write_xlsx(analysis, outcome, language, file);
    case FileFormat::svg:
      break;
  }
  return write_text(svg_chart(analysis, outcome, language), file);
}

}  // namespace

const char* name(FileFormat format) {
  switch (format) {
    case FileFormat::csv:
      return "csv";
    case FileFormat::json:
      return "json";
    case FileFormat::parquet:
      return "parquet";
    case FileFormat::xlsx:
      return "xlsx";
    case FileFormat::svg:
      break;
  }
  return "svg";
}

std::optional<FileFormat> file_format(std::string_view text) {
  for (const auto format : kFormats)
    if (text == name(format)) return format;
  return {};
}

std::string formula_safe(const std::string& text) {
  const bool formula = !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != text.npos;
  return formula ? "'" + text : text;
}

std::string csv_text(const Table& table) {
  AnswerRow record;
  for (const auto& column : table.columns) record.emplace_back(formula_safe(column.name));
  auto out = csv_record(record);
  for (const auto& row : table.rows) {
    record = row;
    for (std::size_t c = 0; c < record.size(); ++c)
      if (record[c] && table.columns[c].type == AnswerType::text)
        record[c] = formula_safe(*record[c]);
    out += csv_record(record);
  }
  return out;
}

Status write_file(const Analysis& analysis, const Outcome& outcome, FileFormat format,
                  Language language, const fs::path& file) {
  if (format == FileFormat::svg && analysis.chart.kind == Chart::Kind::none)
    return fail(ErrorKind::config, fmt::format("{} has no chart", analysis.name),
                "choose another format, or give its file a line `-- chart:`");
  auto draft = file;
  draft += fmt::format(".{}.part", ::getpid());
  auto written = write_as(analysis, outcome, format, language, draft);
  std::error_code error;
  if (written) fs::rename(draft, file, error);
  if (written && error) written = tl::unexpected<Error>(disk_error(file, "write", error.value()));
  if (!written) fs::remove(draft, error);
  return written;
}

}  // namespace quarentena::analytics
