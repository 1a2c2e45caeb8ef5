#pragma once

#include <filesystem>
#include <string>
#include <vector>

/// One file of SQL with a header that says what it tells, what it asks for and how it is drawn:
///
///   -- title: Em quarentena por canal e dia
///   -- title.en: In quarantine by canal and day
///   -- description: Quantos clientes...
///   --   a longer text goes on like this
///   -- description.en: How many clients...
///   -- param: de date latest-29 | Primeiro dia | First day
///   -- param: canal text "" | Só deste canal | Of this canal alone
///   -- chart: line x=data_carga y=clientes series=canal
///
///   SELECT data_carga, canal, count(*) AS clientes FROM quarentena_global
///   WHERE data_carga >= :de ...
///
/// The SQL is one query in what DuckDB and Spark have in common; docs/guides/analytics.md lists it.
namespace quarentena::analytics {

enum class Language { pt, en };

struct Words {
  std::string pt;
  std::string en;  ///< empty: nobody wrote it, and `pt` stands for it
  const std::string& in(Language language) const {
    return language == Language::en && !en.empty() ? en : pt;
  }
};

/// A value is written as text, and checked to be one of its type before it becomes SQL:
///   date     2024-05-28, `today`, or `latest` (the newest day of the table), either with -29 or +7
///   integer  a whole number
///   text     anything
enum class ParameterType { date, integer, text };
const char* name(ParameterType type);

struct Parameter {
  std::string name;
  ParameterType type = ParameterType::text;
  std::string by_default;
  Words label;
};

/// `x` and `series` are columns of categories (`series` may be empty), `y` is one of numbers. A
/// heat map has a row for each of `series`.
struct Chart {
  enum class Kind { none, line, bar, stacked, heat };
  Kind kind = Kind::none;
  std::string x, y, series;
};
const char* name(Chart::Kind kind);

struct Analysis {
  std::string name;  ///< the file's, without `.sql`
  Words title, description;
  std::vector<Parameter> parameters;
  Chart chart;
  std::string sql;             ///< the whole file
  std::filesystem::path file;  ///< empty: it came with the program
};

}  // namespace quarentena::analytics
