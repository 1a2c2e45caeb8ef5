#include "engine/duckdb/only_columns.h"

#include <gtest/gtest.h>

#include "engine/duckdb/database.h"

namespace quarentena::duck {
namespace {

RelationColumn column(const std::string& path, const std::string& sql) {
  return {path, sql, ColumnType::text, false};
}

/// The answer of only_columns() over `row`, as JSON.
std::string kept_of(const std::string& row, std::vector<RelationColumn> columns) {
  const auto database = Database::open({1, {}});
  const auto connection = (*database)->connect();
  EXPECT_TRUE((*connection)->run("CREATE TEMP VIEW source_x AS SELECT " + row));
  const auto sql = only_columns({"source_x", std::move(columns)});
  auto answer = (*connection)->query("SELECT to_json(t)::VARCHAR FROM (" + sql + ") t");
  EXPECT_TRUE(answer) << sql << "\n" << answer.error().what;
  return answer->first_row().at(0).value_or("NULL");
}

TEST(OnlyColumns, KeepsTheColumnsThatAreReadAndNoOther) {
  EXPECT_EQ(kept_of("'1' AS id, 'secret' AS cpf, 'a@x' AS email",
                    {column("id", "\"id\""), column("email", "\"email\"")}),
            R"({"email":"a@x","id":"1"})");
}

TEST(OnlyColumns, OfAStructKeepsTheFieldsThatAreRead) {
  EXPECT_EQ(kept_of("{'email': 'a@x', 'cpf': 'secret', 'fones': {'um': 1, 'dois': 2}} AS c",
                    {column("c.email", "\"c\".\"email\""),
                     column("c.fones.um", "\"c\".\"fones\".\"um\"")}),
            R"({"c":{"email":"a@x","fones":{"um":1}}})");
}

TEST(OnlyColumns, AStructThatIsNullStaysNull) {
  EXPECT_EQ(kept_of("NULL::STRUCT(email VARCHAR, cpf VARCHAR) AS c",
                    {column("c.email", "\"c\".\"email\"")}),
            R"({"c":null})");
}

TEST(OnlyColumns, AColumnReadWholeAndInPartIsKeptWhole) {
  EXPECT_EQ(kept_of("{'email': 'a@x', 'fone': 1} AS c",
                    {column("c.email", "\"c\".\"email\""), column("c", "\"c\"")}),
            R"({"c":{"email":"a@x","fone":1}})");
}

TEST(OnlyColumns, ANameWithADotIsOneColumn) {
  EXPECT_EQ(kept_of("1 AS \"a.b\"", {column("a.b", "\"a.b\"")}), R"({"a.b":1})");
}

}  // namespace
}  // namespace quarentena::duck
