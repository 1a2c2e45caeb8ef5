#include "engine/duckdb/loads_for_tests.h"

namespace quarentena::duck {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(LoadTest, EveryRowIsInOneCountAndTheLastDayOfThePeriodIsIn) {
  const auto out = loaded(csv("m",
                              "1,a@x,11,s,2024-05-21\n"     // 7 days ago: the last day
                              "2,b@x,11,s,2024-05-20\n"     // expired
                              "3,c@x,11,s,2024-05-28\n"     // today
                              "4,d@x,11,s,2024-05-29\n"     // future
                              ",e@x,11,s,2024-05-28\n"      // rejected
                              "6,f@x,11,s,\n"               // rejected
                              "3,c@x,11,s,2024-05-27\n"));  // duplicate
  EXPECT_EQ(text_of(out.inputs[0].account),
            "read 7: quarantined 2 expired 1 future 1 duplicate 1 rejected 2");
  EXPECT_THAT(rows(out), ElementsAre("1|a@x|11|s|2024-05-21|7|2024-05-28",
                                     "3|c@x|11|s|2024-05-28|0|2024-06-04"));
}

TEST_F(LoadTest, AWholeDecimalIsAnIdWithoutItsZeros) {
  const auto out = loaded(parquet(
      "m",
      "SELECT id_cliente, 'a@x' AS email, 11::DECIMAL(20,3) AS telefone, 's' AS assunto, "
      "DATE '2024-05-28' AS data_envio "
      "FROM (VALUES (123::DECIMAL(38,10)), (-7), (1.5), (123456789012345)) AS t(id_cliente)"));
  EXPECT_THAT(rows(out), ElementsAre("-7|a@x|11|s|2024-05-28|0|2024-06-04",
                                     "1.5000000000|a@x|11|s|2024-05-28|0|2024-06-04",
                                     "123|a@x|11|s|2024-05-28|0|2024-06-04",
                                     "123456789012345|a@x|11|s|2024-05-28|0|2024-06-04"));
}

TEST_F(LoadTest, AnAccountAddsUpOrIsNotBalanced) {
  Account account{6, 1, 1, 1, 1, 1, 1};
  EXPECT_TRUE(account.balanced());
  ++account.read;
  EXPECT_FALSE(account.balanced());
}

// DESIGN 3.4: filtered, rejected, future, expired, duplicate, quarantined: the first that applies.
TEST_F(LoadTest, ARowThatIsFilteredIsNothingElse) {
  auto& m = csv("m",
                ",x,1,fora,2024-05-28\n"   // and no id
                "1,x,1,fora,nunca\n"       // and no date
                "2,x,1,fora,2024-06-28\n"  // and in the future
                "3,x,1,fora,2023-05-28\n"  // and expired
                "4,x,1,dentro,2024-05-28\n"
                "4,x,1,fora,2024-05-28\n");  // and a duplicate
  m.source.where = "assunto <> 'fora'";
  const auto out = loaded(m);
  EXPECT_EQ(text_of(out.inputs[0].account), "read 6: quarantined 1 filtered 5");
  EXPECT_TRUE(out.rejects.empty());
}

TEST_F(LoadTest, ARowWithoutAnIdIsRejectedWhateverItsDate) {
  const auto out = loaded(csv("m", ",x,1,s,2024-06-28\n,x,1,s,2023-01-01\n,x,1,s,\n"));
  EXPECT_EQ(text_of(out.inputs[0].account), "read 3: rejected 3");
  EXPECT_THAT(rejects(out),
              ElementsAre("m|2|id_cliente|NULL|no id_cliente", "m|3|id_cliente|NULL|no id_cliente",
                          "m|4|id_cliente|NULL|no id_cliente"));
}

TEST_F(LoadTest, FutureAndExpiredRowsOfAClientAreNoDuplicates) {
  const auto out = loaded(csv("m",
                              "1,x,1,s,2024-06-28\n1,x,1,s,2024-06-28\n"
                              "1,x,1,s,2023-01-01\n1,x,1,s,2023-01-01\n1,x,1,s,2024-05-25\n"));
  EXPECT_EQ(text_of(out.inputs[0].account), "read 5: quarantined 1 expired 2 future 2");
}

TEST_F(LoadTest, OfAClientsRowsTheOneThatLeavesLastStays) {
  const auto out = loaded(csv("m",
                              "1,z@x,1,s,2024-05-25\n"
                              "1,b@x,1,s,2024-05-26\n"
                              "1,a@x,2,s,2024-05-26\n"
                              "1,a@x,1,s,2024-05-26\n"
                              "1,,1,s,2024-05-26\n"));
  EXPECT_EQ(text_of(out.inputs[0].account), "read 5: quarantined 1 duplicate 4");
  EXPECT_THAT(rows(out), ElementsAre("1|a@x|1|s|2024-05-26|2|2024-06-02"));
}

TEST_F(LoadTest, TwoSourcesOfACanalShareItsClientsAndKeepTheirOwnAccounts) {
  auto& loja = csv("loja", "1,loja@x,1,s,2024-05-26\n2,loja@x,1,s,2024-05-26\n");
  auto& site =
      csv("site", "1,site@x,1,s,2024-05-27\n2,loja@x,1,s,2024-05-26\n3,x,1,s,2023-01-01\n");
  const auto out = loaded({&loja, &site});
  EXPECT_EQ(text_of(out.inputs[0].account),
            "read 2: quarantined 1 duplicate 1");  // first source: 2
  EXPECT_EQ(text_of(out.inputs[1].account), "read 3: quarantined 1 expired 1 duplicate 1");
  EXPECT_THAT(rows(out), ElementsAre("1|site@x|1|s|2024-05-27|1|2024-06-03",
                                     "2|loja@x|1|s|2024-05-26|2|2024-06-02"));
}

TEST_F(LoadTest, UntilRemovedHasNeitherDaysNorAnExitAndNeedsNoDate) {
  auto& f = csv("f",
                "1,a@x,1,s,1999-01-01\n"
                "2,b@x,1,s,2044-01-01\n"
                "3,c@x,1,s,amanhã\n"
                "4,d@x,1,s,\n"
                "4,d@x,1,s,2020-01-01\n"
                ",e@x,1,s,2020-01-01\n");
  f.source.period.dias.reset();
  const auto out = loaded(f);
  EXPECT_EQ(text_of(out.inputs[0].account), "read 6: quarantined 4 duplicate 1 rejected 1");
  EXPECT_THAT(rows(out),
              ElementsAre("1|a@x|1|s|1999-01-01|NULL|NULL", "2|b@x|1|s|2044-01-01|NULL|NULL",
                          "3|c@x|1|s|NULL|NULL|NULL", "4|d@x|1|s|2020-01-01|NULL|NULL"));
  EXPECT_EQ(out.inputs[0].undated, 1);  // client 4 has a date in one of the rows
}

TEST_F(LoadTest, TextsAreTrimmedAndEmptyOnesAreNull) {
  const auto out = loaded(csv("m", "  007  , a@x ,  ,\"\t\", 2024-05-28 \n"));
  EXPECT_THAT(rows(out), ElementsAre("007|a@x|NULL|NULL|2024-05-28|0|2024-06-04"));
}

TEST_F(LoadTest, ConstantsStandInEveryRow) {
  auto& m = csv("m", "1,a,b,c,d\n2,a,b,c,d\n");
  m.source.assunto = {"", "d'água; DROP TABLE \"x\"", 0};
  m.source.data_envio = {"", "2024-05-27", 0};
  EXPECT_THAT(rows(loaded(m)),
              ElementsAre("1|a|b|d'água; DROP TABLE \"x\"|2024-05-27|1|2024-06-03",
                          "2|a|b|d'água; DROP TABLE \"x\"|2024-05-27|1|2024-06-03"));
}

TEST_F(LoadTest, AConstantDateIsReadInTheSourcesOwnFormat) {
  auto& m = csv("m", "1,a,b,c,d\n");
  m.source.data_envio = {"", "27/05/2024", 0};
  m.source.dates = {"%d/%m/%Y"};
  EXPECT_THAT(rows(loaded(m)), ElementsAre("1|a|b|c|2024-05-27|1|2024-06-03"));
}

TEST_F(LoadTest, PaddingRestoresZerosOfDigitsOnly) {
  auto& m = csv("m", "123,a,1,s,2024-05-28\n12a,a,1,s,2024-05-28\n1234567,a,1,s,2024-05-28\n");
  m.source.id_cliente.pad = 5;
  EXPECT_THAT(rows(loaded(m)),
              ElementsAre(HasSubstr("00123|"), HasSubstr("1234567|"), HasSubstr("12a|")));
}

TEST_F(LoadTest, ARejectTellsItsPlaceItsValueAndWhy) {
  auto& m = csv("m",
                "1,a,1,s,28/05/2024\n"
                "2,a,1,s,\n"
                "so,tres,campos\n"
                ",a,1,s,28/05/2024\n"
                "5,a,1,s,2024-05-28\n");
  const auto out = loaded(m);
  EXPECT_EQ(text_of(out.inputs[0].account), "read 5: quarantined 1 rejected 4");
  EXPECT_THAT(rejects(out),
              ElementsAre("m|2|data_envio|28/05/2024|not a date in the configured format",
                          "m|3|data_envio|NULL|no data_envio",
                          testing::StartsWith("m|4|NULL|so,tres,campos|"),
                          "m|5|id_cliente|NULL|no id_cliente"));
  EXPECT_EQ(desk_.lines(fmt::format("SELECT DISTINCT file FROM '{}'", out.rejects.string())),
            std::vector<std::string>{m.delivery.files[0].path.string()});
}

TEST_F(LoadTest, RejectsOfTwoSourcesNameTheirOwn) {
  auto& a = csv("a", ",x,1,s,2024-05-28\n");
  auto& b = csv("b", "1,x,1,s,ontem\n");
  EXPECT_THAT(rejects(loaded({&a, &b})),
              ElementsAre("a|2|id_cliente|NULL|no id_cliente",
                          "b|2|data_envio|ontem|not a date in the configured format"));
}

TEST_F(LoadTest, ADeliveryWithoutRowsPublishesNothing) {
  const auto out = loaded(csv("m", ""));
  EXPECT_EQ(text_of(out.inputs[0].account), "read 0:");
  EXPECT_THAT(out.files, IsEmpty());
  EXPECT_TRUE(out.rejects.empty());
}

TEST_F(LoadTest, SeveralFilesAreOneDelivery) {
  auto& m = csv("m", "1,a,1,s,2024-05-28\n");
  for (int i = 2; i <= 9; ++i)
    deliver(m, scratch_.write(fmt::format("m{}.csv", i),
                              fmt::format("{}{},a,1,s,2024-05-28\n,,,,\n", kHeader, i)));
  const auto out = loaded(m);
  EXPECT_EQ(text_of(out.inputs[0].account), "read 17: quarantined 9 rejected 8");
}

TEST_F(LoadTest, AMissingColumnIsNamedWithThoseFound) {
  auto& m = given("m", CsvOptions{});
  deliver(m, scratch_.write("m.csv", "id_cliente,mail,telefone,assunto,data_envio\n1,a,1,s,d\n"));
  const auto error = error_of_load(m);
  EXPECT_EQ(error.kind, ErrorKind::data);
  EXPECT_THAT(error.what, HasSubstr("source 'm'"));
  EXPECT_THAT(error.what, HasSubstr("no column `email`"));
  EXPECT_THAT(error.what, HasSubstr("mail, telefone"));
}

TEST_F(LoadTest, AMissingParquetColumnIsNamedWithThoseFound) {
  auto& p =
      parquet("p", "SELECT 1 AS id, 'a' AS email, 1 AS telefone, DATE '2024-05-28' AS data_envio");
  const auto error = error_of_load(p);
  EXPECT_EQ(error.kind, ErrorKind::data);
  EXPECT_THAT(error.what, HasSubstr("source 'p': no column 'id_cliente'"));
  EXPECT_THAT(error.what, HasSubstr("id, email, telefone, data_envio"));
}

TEST_F(LoadTest, InterruptedItEndsAsTheMachinesError) {
  auto& m = csv("m", "1,a,1,s,2024-05-28\n");
  engine().interrupt();
  EXPECT_EQ(error_of_load(m).kind, ErrorKind::machine);
}

TEST_F(LoadTest, ProgressIsToldToTheEnd) {
  auto& m = csv("m", "1,a,1,s,2024-05-28\n2,a,1,s,2024-05-28\n");
  loaded(m);
  EXPECT_TRUE(m.progress.started);
  EXPECT_TRUE(m.progress.done);
  EXPECT_EQ(m.progress.rows, 2);
}

TEST_F(LoadTest, TheStatisticsCountEveryColumnAndShowNoPersonalValue) {
  const auto out = loaded(csv("m",
                              "1,segredo@x,11999999999,assunto secreto,2024-05-28\n"
                              "2,,,assunto secreto,2024-05-27\n"));
  ASSERT_EQ(out.files.size(), 1u);
  const auto& file = out.files[0];
  EXPECT_EQ(file.size_bytes, static_cast<std::int64_t>(fs::file_size(folder_ / file.path)));
  EXPECT_EQ(file.stats_json,
            R"({"maxValues":{"data_envio":"2024-05-28","id_cliente":"2","qtd_dias":1,)"
            R"("saida_prevista":"2024-06-04"},"minValues":{"data_envio":"2024-05-27",)"
            R"("id_cliente":"1","qtd_dias":0,"saida_prevista":"2024-06-03"},"nullCount":)"
            R"({"assunto":0,"data_envio":0,"email":1,"id_cliente":0,"qtd_dias":0,)"
            R"("saida_prevista":0,"telefone":1},"numRecords":2})");
}

TEST_F(LoadTest, StatisticsOfColumnsThatAreAllNullHaveNoBounds) {
  auto& f = csv("f", "1,a,1,s,\n");
  f.source.period.dias.reset();
  const auto stats = loaded(f).files.at(0).stats_json;
  EXPECT_THAT(stats, HasSubstr(R"("minValues":{"id_cliente":"1"})"));
  EXPECT_THAT(stats, HasSubstr(R"("qtd_dias":1)"));  // its nullCount
}

}  // namespace
}  // namespace quarentena::duck
