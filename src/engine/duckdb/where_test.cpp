#include "engine/duckdb/loads_for_tests.h"

/// `where`: SQL that a user writes over a source's own columns and data_carga.
namespace quarentena::duck {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST_F(LoadTest, WhereSpeaksOfTheSourcesOwnColumnsAndTheDay) {
  auto& m = given("m", CsvOptions{});
  deliver(m, scratch_.write("m.csv",
                            "id,e-mail,fone,tema,quando,base\n"
                            "1,a,1,s,2024-05-27,2024-05-28\n2,a,1,s,2024-05-27,2024-05-27\n"));
  m.source.id_cliente.column = "id";
  m.source.email.column = "e-mail";
  m.source.telefone.column = "fone";
  m.source.assunto.column = "tema";
  m.source.data_envio.column = "quando";
  m.source.where = "base = data_carga AND \"e-mail\" = 'a'";
  const auto out = loaded(m);
  EXPECT_EQ(text_of(out.inputs[0].account), "read 2: quarantined 1 filtered 1");
}

TEST_F(LoadTest, ARowForWhichWhereIsNullOrCannotBeEvaluatedIsFiltered) {
  auto& m = csv("m", "1,10,1,s,2024-05-28\n2,,1,s,2024-05-28\n3,dez,1,s,2024-05-28\n");
  m.source.where = "CAST(email AS INTEGER) > 5";
  EXPECT_EQ(text_of(loaded(m).inputs[0].account), "read 3: quarantined 1 filtered 2");
}

TEST_F(LoadTest, WhereMayEndInAComment) {
  auto& m = csv("m", "1,a,1,s,2024-05-28\n2,,1,s,2024-05-28\n");
  m.source.where = "email IS NOT NULL -- os que têm e-mail";
  EXPECT_EQ(text_of(loaded(m).inputs[0].account), "read 2: quarantined 1 filtered 1");
}

TEST_F(LoadTest, WhereOverAColumnThatIsNotThereIsTheUsersToFix) {
  auto& m = csv("m", "1,a,1,s,2024-05-28\n");
  m.source.where = "nao_existe = 1";
  const auto error = error_of_load(m);
  EXPECT_EQ(error.kind, ErrorKind::config);
  EXPECT_THAT(error.what, AllOf(HasSubstr("source 'm'"), HasSubstr("nao_existe")));
  EXPECT_THAT(error.hint, HasSubstr("id_cliente, email"));
}

TEST_F(LoadTest, OfTwoSourcesTheOneWhoseWhereIsWrongIsNamed) {
  auto& right = csv("certa", "1,a,1,s,2024-05-28\n");
  right.source.where = "email IS NOT NULL";
  auto& wrong = csv("errada", "1,a,1,s,2024-05-28\n");
  wrong.source.where = "nao_existe = 1";
  const auto out = load({&right, &wrong});
  ASSERT_FALSE(out);
  EXPECT_THAT(out.error().what, HasSubstr("source 'errada'"));
}

TEST_F(LoadTest, WhereThatIsNotOneConditionIsRefused) {
  for (const char* where : {"email =", "true); DROP TABLE x; --", "true; SELECT 1"}) {
    auto& m = csv("m", "1,a,1,s,2024-05-28\n");
    m.source.where = where;
    const auto error = error_of_load(m);
    EXPECT_EQ(error.kind, ErrorKind::config) << where;
    EXPECT_THAT(error.what, HasSubstr("source 'm'")) << where;
  }
}

TEST_F(LoadTest, WhereReadsNestedFieldsOfJsonAtAnyDepth) {
  auto& j =
      json("j", R"({"id_cliente":"1","data_envio":"2024-05-28","c":{"email":"a","q":{"h":"09"}}})"
                "\n"
                R"({"id_cliente":"2","data_envio":"2024-05-28","c":{"email":"a","q":{"h":"21"}}})"
                "\n");
  j.source.email.column = "c.email";
  j.source.where = "c.email = 'a' AND c.q.h < '12'";
  EXPECT_EQ(text_of(loaded(j).inputs[0].account), "read 2: quarantined 1 filtered 1");
}

TEST_F(LoadTest, WhereReadsNestedFieldsOfParquetInAnyCase) {
  auto& p =
      parquet("p",
              "SELECT i::VARCHAR AS id_cliente, {'Email': 'a' || i, 'x': {'y': i}} AS contatos, "
              "'1' AS telefone, 's' AS assunto, DATE '2024-05-28' AS data_envio "
              "FROM range(4) t(i)");
  p.source.email.column = "contatos.email";
  p.source.where = "CONTATOS.EMAIL <> 'a0' AND contatos.x.y < 3";
  const auto out = loaded(p);
  EXPECT_EQ(text_of(out.inputs[0].account), "read 4: quarantined 2 filtered 2");
  EXPECT_THAT(rows(out), ElementsAre(HasSubstr("1|a1|"), HasSubstr("2|a2|")));
}

TEST_F(LoadTest, WhereMayAskForAWholeStructAndForItsFields) {
  auto& p = parquet("p",
                    "SELECT i::VARCHAR AS id_cliente, "
                    "CASE WHEN i > 0 THEN {'email': 'a' || i} END AS contatos, '1' AS telefone, "
                    "'s' AS assunto, DATE '2024-05-28' AS data_envio FROM range(4) t(i)");
  p.source.email.column = "contatos.email";
  p.source.where = "contatos IS NOT NULL AND contatos.email <> 'a1'";
  EXPECT_EQ(text_of(loaded(p).inputs[0].account), "read 4: quarantined 2 filtered 2");
}

TEST_F(LoadTest, ASourceWithAColumnCalledDataCargaKeepsTheDayOfTheLoad) {
  auto& p = parquet("p",
                    "SELECT '1' AS id_cliente, 'a' AS email, '1' AS telefone, 's' AS assunto, "
                    "DATE '2024-05-27' AS data_carga, DATE '2024-05-28' AS data_base");
  p.source.data_envio.column = "data_carga";
  p.source.where = "data_base = data_carga";
  const auto out = loaded(p);
  EXPECT_THAT(rows(out), ElementsAre("1|a|1|s|2024-05-27|1|2024-06-03"));
}

}  // namespace
}  // namespace quarentena::duck
