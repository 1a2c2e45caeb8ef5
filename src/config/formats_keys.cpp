#include "config/keys.h"
#include "config/shapes.h"

namespace quarentena::keys {
namespace {

const std::vector<Key> no_options;

}  // namespace

const std::vector<Key>& formats() {
  static const std::vector<Key> keys{
      {.name = "csv",
       .doc = "Text with a separator, plain, gzip or zip.",
       .shapes = {map(csv())},
       .also_called = {"txt", "tsv", "text"}},
      {.name = "xlsx",
       .doc = "A spreadsheet: xlsx, xls, xlsb or ods.",
       .shapes = {map(xlsx())},
       .also_called = {"xls", "xlsb", "ods", "excel"}},
      {.name = "json",
       .doc = "An array of objects, or one object a line. No options.",
       .shapes = {map(no_options)},
       .also_called = {"jsonl", "ndjson"}},
      {.name = "parquet",
       .doc = "A Parquet file, or a folder of them. No options.",
       .shapes = {map(no_options)}},
      {.name = "delta",
       .doc = "A Delta table.",
       .shapes = {{.is = Is::map, .keys = &delta(), .at_most_one = {"version", "timestamp"}}}},
  };
  return keys;
}

const std::vector<Key>& csv() {
  static const std::vector<Key> keys{
      {.name = "separator",
       .doc = "What stands between two values: one ASCII character, or `tab`.",
       .examples = {"\";\"", "tab"},
       .by_default = "\",\" (tab for .tsv)",
       .shapes = {character({"tab", "\\t"})},
       .also_called = {"delimiter", "delim", "sep", "separador"}},
      {.name = "quote",
       .doc = "What stands around a value that holds a separator or a line break; doubled inside.",
       .examples = {"\"'\""},
       .by_default = "'\"'",
       .shapes = {character({})},
       .also_called = {"quotechar"}},
      {.name = "header",
       .doc = "The first line names the columns. `false` needs `names`.",
       .by_default = "true",
       .shapes = {boolean()},
       .also_called = {"cabecalho"}},
      {.name = "names",
       .doc = "The names of the columns, in order, of a file without a header.",
       .examples = {"[id_cliente, email, data_envio]"},
       .shapes = {texts()},
       .also_called = {"columns", "colunas"}},
      {.name = "encoding",
       .doc = "How characters are stored. `auto` takes what the byte order mark says, else UTF-8.",
       .by_default = "auto",
       .shapes = {word({"auto", "utf-8", "utf-16", "latin-1", "windows-1252"})},
       .also_called = {"charset", "codificacao"}},
  };
  return keys;
}

const std::vector<Key>& xlsx() {
  static const std::vector<Key> keys{
      {.name = "sheet",
       .doc = "The sheet to read, by name.",
       .examples = {"Base"},
       .by_default = "the first sheet",
       .shapes = {text()},
       .also_called = {"aba", "planilha", "tab", "sheet_name"}},
      {.name = "header_row",
       .doc = "The row that names the columns, counted from 1.",
       .examples = {"3"},
       .by_default = "the first row that is not empty",
       .shapes = {integer(1, 1048576)},
       .also_called = {"header", "skip", "skip_rows"}},
  };
  return keys;
}

const std::vector<Key>& delta() {
  static const std::vector<Key> keys{
      {.name = "version",
       .doc = "Read this version instead of the newest.",
       .examples = {"12"},
       .by_default = "the newest",
       .shapes = {integer(0, INT64_MAX)}},
      {.name = "timestamp",
       .doc = "Read the table as it was at this moment: ISO 8601, in `timezone` when it names no "
              "zone. Not together with `version`.",
       .examples = {"\"2024-05-28T06:00:00\""},
       .shapes = {text("^[0-9]{4}-[0-9]{2}-[0-9]{2}"
                       "([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
                       "(Z|[+-][0-9]{2}:?[0-9]{2})?)?$")},
       .also_called = {"as_of", "time"}},
  };
  return keys;
}

}  // namespace quarentena::keys
