#include "engine/table_query.h"

#include "engine/duckdb/loads_for_tests.h"
#include "table/small_table.h"

namespace quarentena::duck {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TableQueryTest : public testing::Test {
 protected:
  std::vector<std::string> ask(const std::string& sql) {
    std::vector<std::string> out;
    auto answer = query_->ask(sql);
    EXPECT_TRUE(answer) << answer.error().what << "\n" << sql;
    AnswerRow row;
    while (answer && (*answer)->next(row).value_or(false)) out.push_back(line_of(row));
    return out;
  }
  /// A table without rows: what is asked here asks nothing of it.
  static std::unique_ptr<TableQuery> open(const fs::path& table) {
    fs::create_directories(table);
    ReplaceDay nothing;
    nothing.data_carga = day("2024-05-28");
    const auto made = replace_day(table, nothing);
    EXPECT_TRUE(made) << made.error().what;
    auto query = open_table_query({table, {}, {}});
    EXPECT_TRUE(query) << query.error().what;
    return query ? std::move(*query) : nullptr;
  }

  ScratchFolder scratch_;
  std::unique_ptr<TableQuery> query_ = open(scratch_.path() / "table");
};

TEST_F(TableQueryTest, TheAnswerIsTheLastStatements) {
  EXPECT_THAT(ask("SELECT 1; SELECT 2"), ElementsAre("2"));
  EXPECT_THAT(ask("CREATE TEMP TABLE t AS SELECT 3 AS x; SELECT x FROM t;\n"), ElementsAre("3"));
  EXPECT_THAT(ask("SELECT 1; SET threads = 1"), IsEmpty());
}

TEST_F(TableQueryTest, ASemicolonInACommentOrATextPartsNothing) {
  EXPECT_THAT(ask("SELECT 1; SELECT 2 -- a;b"), ElementsAre("2"));
  EXPECT_THAT(ask("SELECT 1; SELECT 2 -- a; SELECT 3"), ElementsAre("2"));
  EXPECT_THAT(ask("SELECT 1; SELECT 2 /* it's; */ + 1"), ElementsAre("3"));
  EXPECT_THAT(ask("SELECT 1; SELECT 'a;b'"), ElementsAre("a;b"));
  EXPECT_THAT(ask("SELECT 'it''s'; SELECT $$it's;$$ -- don't"), ElementsAre("it's;"));
  EXPECT_THAT(ask("SELECT 2 -- a;b\n + 1"), ElementsAre("3"));
}

TEST_F(TableQueryTest, ACommentAfterTheSemicolonIsNoStatement) {
  EXPECT_THAT(ask("SELECT 1; -- done"), ElementsAre("1"));
  EXPECT_THAT(ask("SELECT 1; SELECT 2;; /* done; */\n"), ElementsAre("2"));
  EXPECT_EQ(query_->ask(" ; -- nothing").error().kind, ErrorKind::config);
}

TEST_F(TableQueryTest, TheSourceLedgerIsThereOnceARunKeptOne) {
  const auto table = scratch_.path() / "table", fontes = scratch_.path() / "table_fontes";
  TableQueryOptions options{table, {}, {}};
  options.fontes = fontes;
  const auto absent = open_table_query(options);
  ASSERT_TRUE(absent) << absent.error().what;
  EXPECT_FALSE((*absent)->ask("FROM fontes"));

  SmallCommit rows;
  rows.columns = {{"source", SmallType::text}, {"decided_at", SmallType::timestamp}};
  rows.rows = {{"crm", std::int64_t{1716900000456}}};
  ASSERT_TRUE(replace_small_table(fontes, rows));
  query_ = open_table_query(options).value();
  for (int asked = 0; asked < 2; ++asked)
    EXPECT_THAT(ask("SELECT source, epoch_ms(decided_at) FROM fontes"),
                ElementsAre("crm|1716900000456"));
}

TEST_F(TableQueryTest, AnEmptyLedgerHasItsColumnsWhereTheyAreKnown) {
  TableQueryOptions options{scratch_.path() / "table", {}, {}};
  options.fontes = scratch_.path() / "table_fontes";
  options.fontes_columns = {{"source", SmallType::text}, {"data_carga", SmallType::date}};
  query_ = open_table_query(options).value();
  EXPECT_THAT(ask("SELECT source FROM fontes WHERE data_carga > DATE '2024-01-01'"), IsEmpty());
  EXPECT_EQ(query_->latest(), std::nullopt);
}

TEST_F(TableQueryTest, ColumnsTellWhatTheyHold) {
  const auto answer = query_->ask(
      "SELECT 1 AS a, sum(1) AS b, 1.5 AS c, 1e300 AS d, DATE '2024-05-28' AS e, true AS f, 'x' AS "
      "g");
  ASSERT_TRUE(answer) << answer.error().what;
  std::vector<AnswerType> types;
  for (const auto& column : (*answer)->columns()) types.push_back(column.type);
  EXPECT_THAT(types,
              ElementsAre(AnswerType::whole, AnswerType::whole, AnswerType::real, AnswerType::real,
                          AnswerType::date, AnswerType::truth, AnswerType::text));
}

}  // namespace
}  // namespace quarentena::duck
