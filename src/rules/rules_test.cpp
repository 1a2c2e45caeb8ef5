#include "rules/rules.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "base/source_folder_for_tests.h"
#include "config/load.h"

/// A case is a folder of testdata/ with rules.yml (a quarentena.yml), relations.txt (what an engine
/// would have found in each delivery: `source column type [trimmed] [where]`, a `_` for a blank)
/// and for each dialect an expected.sql (expected.spark.sql): every canal's query and the rows it
/// publishes, for 2024-05-28.
namespace quarentena {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const fs::path kCases = source_folder() / "src/rules/testdata";

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Date day(std::string_view iso) { return *Date::parse_iso(iso); }

ColumnType type_named(const std::string& name) {
  static const std::map<std::string, ColumnType> kTypes = {{"text", ColumnType::text},
                                                           {"integer", ColumnType::integer},
                                                           {"real", ColumnType::real},
                                                           {"date", ColumnType::date},
                                                           {"local_time", ColumnType::local_time},
                                                           {"instant", ColumnType::instant},
                                                           {"utc_time", ColumnType::utc_time},
                                                           {"other", ColumnType::other}};
  return kTypes.at(name);
}

std::vector<SourceRules> rules_of(const Plan& plan, const fs::path& relations,
                                  const Dialect& dialect = duckdb_dialect()) {
  std::vector<SourceRules> all;
  for (const auto& source : plan.sources)
    all.push_back(
        {&source, {"source_" + source.name, {}}, {}, day("2024-05-28"), source.period, {}});
  std::ifstream in(relations);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string source, path, type, word;
    words >> source >> path >> type;
    std::replace(path.begin(), path.end(), '_', path.find('"') == std::string::npos ? '_' : ' ');
    auto& rules = *std::find_if(all.begin(), all.end(),
                                [&](const auto& r) { return r.source->name == source; });
    RelationColumn column{path, dialect.identifier(path), type_named(type), false};
    while (words >> word) {
      if (word == "trimmed") column.trimmed = true;
      if (word == "where") rules.where_columns.push_back(path);
    }
    rules.relation.columns.push_back(column);
  }
  return all;
}

/// The SQL of every canal, in the plan's order.
std::string sql_of(const Plan& plan, const std::vector<SourceRules>& all, const Dialect& sql) {
  std::string out;
  std::vector<std::string> done;
  for (const auto& first : all) {
    const auto& canal = first.source->canal;
    if (std::find(done.begin(), done.end(), canal) != done.end()) continue;
    done.push_back(canal);
    std::vector<SourceRules> sources;
    for (const auto& rules : all)
      if (rules.source->canal == canal) sources.push_back(rules);
    const LoadDay load{canal, day("2024-05-28"), plan.timezone};
    out += fmt::format("-- canal {}\n{};\n\n", canal, canal_query(sources, load, sql));
    out += fmt::format("-- canal {}, its rows\n{};\n\n", canal,
                       published_rows("groups", "status = 'candidate'", sources, load, sql));
  }
  return out;
}

std::vector<fs::path> cases() {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(kCases)) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

std::string stem(const testing::TestParamInfo<fs::path>& info) {
  return info.param.stem().string();
}

class Rules : public testing::TestWithParam<fs::path> {};
INSTANTIATE_TEST_SUITE_P(Case, Rules, testing::ValuesIn(cases()), stem);

// QUARENTENA_UPDATE_GOLDEN=1 writes the expected files; review them with git diff.
void expect_sql(const fs::path& folder, const char* file, const Dialect& dialect) {
  const auto plan = read_plan(folder / "rules.yml");
  ASSERT_TRUE(plan) << format_problems(plan.error());
  const auto sql = sql_of(*plan, rules_of(*plan, folder / "relations.txt", dialect), dialect);
  const auto expected = folder / file;
  if (std::getenv("QUARENTENA_UPDATE_GOLDEN") != nullptr) std::ofstream(expected) << sql;
  EXPECT_EQ(read(expected), sql);
}

TEST_P(Rules, BecomeTheExpectedSql) { expect_sql(GetParam(), "expected.sql", duckdb_dialect()); }

TEST_P(Rules, BecomeTheExpectedSparkSql) {
  expect_sql(GetParam(), "expected.spark.sql", spark_dialect());
}

// The second engine reads what rules.cpp writes; only a Dialect may know DuckDB's own words.
TEST(RulesText, HasNoWordOfOneEngineOutsideTheDialect) {
  const auto text = read(source_folder() / "src/rules/rules.cpp");
  for (const char* word : {"iso_date", "struct_pack", "try_cast", "TRY(", "strptime",
                           ":=", "regexp", "leaves_last(data"})
    EXPECT_THAT(text, Not(HasSubstr(word)));
}

TEST(RulesText, TheLastDayOfThePeriodIsInsideAndTheNextIsNot) {
  const auto plan = read_plan(kCases / "seed/rules.yml");
  const auto rules = rules_of(*plan, kCases / "seed/relations.txt");
  const auto sql =
      canal_query({rules[0]}, {"CRM", day("2024-05-28"), plan->timezone}, duckdb_dialect());
  EXPECT_THAT(sql, HasSubstr("data_envio < DATE '2024-04-28' THEN 'expired'"));  // 30 days before
  EXPECT_THAT(sql, HasSubstr("data_envio > DATE '2024-05-28' THEN 'future'"));
}

TEST(DuckDbDialect, QuotesWhatANameOrAValueHolds) {
  const auto& sql = duckdb_dialect();
  EXPECT_EQ(sql.identifier("email"), "email");
  EXPECT_EQ(sql.identifier("Email"), "\"Email\"");
  EXPECT_EQ(sql.identifier("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(sql.identifier("source_a"), "source_a");
  EXPECT_EQ(sql.identifier("source_a; DROP"), "\"source_a; DROP\"");
  EXPECT_EQ(sql.text("d'água"), "'d''água'");
  EXPECT_EQ(sql.text(""), "''");
}

TEST(SparkDialect, QuotesWhatANameOrAValueHolds) {
  const auto& sql = spark_dialect();
  EXPECT_EQ(sql.identifier("a`b"), "`a``b`");
  EXPECT_EQ(sql.text("d'água"), R"('d\'água')");
  EXPECT_EQ(sql.text(R"(a\nb)"), R"('a\\nb')");
  EXPECT_EQ(sql.text("${env:HOME} $"), R"('\u0024{env:HOME} $')");
}

TEST(SparkDialect, AConditionKeepsItsMeaningUnderSparksQuotes) {
  const auto holds = [](const char* condition) { return spark_dialect().holds(condition); };
  EXPECT_EQ(holds(R"("data base" = 'd''água')"), R"(coalesce((`data base` = 'd\'água'), false))");
  EXPECT_EQ(holds(R"(a LIKE 'x\%' AND "b""c" = 1)"),
            R"(coalesce((a LIKE 'x\\%' AND `b"c` = 1), false))");
  EXPECT_EQ(holds("a = 1 -- it's \"here\""), "coalesce((a = 1 -- it's \"here\"\n), false)");
  EXPECT_EQ(holds("a = '--' AND b = 'c'"), "coalesce((a = '--' AND b = 'c'\n), false)");
}

TEST(SparkDialect, ACastInAConditionIsNullWhenItCannotBeMade) {
  const auto holds = [](const char* condition) { return spark_dialect().holds(condition); };
  EXPECT_EQ(holds("CAST(a AS INT) = 1"), "coalesce((try_CAST(a AS INT) = 1), false)");
  EXPECT_EQ(holds("b > cast (a AS INT)"), "coalesce((b > try_cast (a AS INT)), false)");
  for (const char* same : {"try_cast(a AS INT) = 1", "cast = 1", "broadcast(a)", "a = 'cast(b)'"})
    EXPECT_EQ(holds(same), std::string("coalesce((") + same + "), false)");
}

}  // namespace
}  // namespace quarentena
