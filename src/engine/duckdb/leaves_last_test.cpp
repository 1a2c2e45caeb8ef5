#include "engine/duckdb/leaves_last.h"

#include <map>
#include <random>
#include <tuple>

#include "engine/duckdb/loads_for_tests.h"

namespace quarentena::duck {
namespace {

using Text = std::optional<std::string>;
struct Row {
  std::int64_t group;
  std::optional<std::int32_t> date;
  Text email, telefone, assunto;
  std::int32_t source;
};

/// DESIGN rule 3.3 as it reads: the latest date (none: last of all), then the smallest texts with
/// NULL after every text, then the first source.
using Order =
    std::tuple<std::int64_t, bool, std::string, bool, std::string, bool, std::string, int>;
Order order_of(const Row& row) {
  const std::int64_t lateness = row.date ? -std::int64_t{*row.date} : std::int64_t{1} << 40;
  return {lateness,
          !row.email,
          row.email.value_or(""),
          !row.telefone,
          row.telefone.value_or(""),
          !row.assunto,
          row.assunto.value_or(""),
          row.source};
}

std::string line(const Row& row) {
  return line_of({std::to_string(row.group), row.date ? Text(Date(*row.date).iso()) : Text(),
                  row.email, row.telefone, row.assunto, std::to_string(row.source)});
}

std::vector<Row> random_rows(std::size_t count, std::size_t groups, unsigned seed) {
  std::mt19937 random(seed);
  const std::vector<Text> texts = {std::nullopt,
                                   "",
                                   "a",
                                   "b",
                                   "B",
                                   "é",
                                   "z",
                                   "abcdefghijkl",
                                   "abcdefghijklm",
                                   "abcdefghijklmn",
                                   "um texto longo o bastante para não caber no lugar",
                                   "um texto longo o bastante para não caber",
                                   std::string("a\0b", 3),
                                   "~"};
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  std::vector<Row> rows;
  for (std::size_t i = 0; i < count; ++i) {
    Row row{static_cast<std::int64_t>(below(groups)),
            {},
            texts[below(texts.size())],
            texts[below(texts.size())],
            texts[below(texts.size())],
            static_cast<std::int32_t>(below(2))};
    if (below(4) != 0) row.date = static_cast<std::int32_t>(below(3)) - 1;  // ties, and before 1970
    rows.push_back(std::move(row));
  }
  return rows;
}

void append(Connection& connection, const std::vector<Row>& rows) {
  duckdb_appender appender = nullptr;
  ASSERT_EQ(duckdb_appender_create(connection.get(), nullptr, "delivered", &appender),
            DuckDBSuccess);
  const auto text = [&](const Text& value) {
    if (value)
      duckdb_append_varchar_length(appender, value->data(), value->size());
    else
      duckdb_append_null(appender);
  };
  for (const auto& row : rows) {
    duckdb_append_int64(appender, row.group);
    if (row.date)
      duckdb_append_date(appender, duckdb_date{*row.date});
    else
      duckdb_append_null(appender);
    text(row.email);
    text(row.telefone);
    text(row.assunto);
    duckdb_append_int32(appender, row.source);
    duckdb_appender_end_row(appender);
  }
  ASSERT_EQ(duckdb_appender_destroy(&appender), DuckDBSuccess);
}

std::vector<std::string> expected(const std::vector<Row>& rows) {
  std::map<std::int64_t, const Row*> best;
  for (const auto& row : rows) {
    auto& kept = best[row.group];
    if (!kept || order_of(row) < order_of(*kept)) kept = &row;
  }
  std::vector<std::string> lines;
  for (const auto& [group, row] : best) lines.push_back(line(*row));
  std::sort(lines.begin(), lines.end());
  return lines;
}

class LeavesLast : public testing::TestWithParam<std::tuple<std::size_t, std::size_t>> {};

// Enough rows for several threads to have a part of every group, and to be combined.
TEST_P(LeavesLast, ChoosesAsThePlainRuleDoes) {
  const auto [threads, groups] = GetParam();
  Desk desk(threads);
  ASSERT_TRUE(register_leaves_last(desk.connection()));
  Arena arena;
  ASSERT_TRUE(use_leaves_last(desk.connection(), arena));
  desk.run("CREATE TABLE delivered (g BIGINT, d DATE, e VARCHAR, t VARCHAR, a VARCHAR, s INTEGER)");
  const auto rows = random_rows(400'000, groups, 17);
  append(desk.connection(), rows);
  auto lines = desk.lines(
      "SELECT g, r.data_envio, r.email, r.telefone, r.assunto, r.source FROM "
      "(SELECT g, leaves_last(d, e, t, a, s) AS r FROM delivered GROUP BY g)");
  std::sort(lines.begin(), lines.end());
  EXPECT_EQ(lines, expected(rows));
}

std::string case_name(const testing::TestParamInfo<std::tuple<std::size_t, std::size_t>>& info) {
  return fmt::format("{}Threads{}Groups", std::get<0>(info.param), std::get<1>(info.param));
}
INSTANTIATE_TEST_SUITE_P(OnRandomRows, LeavesLast,
                         testing::Combine(testing::Values(1, 4), testing::Values(1, 50, 100'000)),
                         case_name);

TEST(LeavesLastText, OfNoRowsIsNull) {
  Desk desk;
  ASSERT_TRUE(register_leaves_last(desk.connection()));
  Arena arena;
  ASSERT_TRUE(use_leaves_last(desk.connection(), arena));
  EXPECT_EQ(desk.lines("SELECT leaves_last(NULL::DATE, '', '', '', 0) IS NULL FROM range(0)"),
            std::vector<std::string>{"true"});
}

}  // namespace
}  // namespace quarentena::duck
