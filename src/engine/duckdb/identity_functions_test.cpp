#include "engine/duckdb/identity_functions.h"

#include "engine/duckdb/identity_views.h"
#include "engine/duckdb/loads_for_tests.h"

namespace quarentena::duck {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class IdentityFunctionsTest : public testing::Test {
 protected:
  void SetUp() override {
    database_ = *Database::open({2, {}});
    connection_ = *database_->connect();
    ASSERT_TRUE(register_identity_functions(*connection_));
  }
  std::vector<std::string> ask(const std::string& sql) {
    std::vector<std::string> lines;
    auto answer = connection_->query(sql);
    EXPECT_TRUE(answer) << answer.error().what << "\n" << sql;
    if (answer) answer->each_row([&](const auto& row) { lines.push_back(line_of(row)); });
    return lines;
  }
  std::string one(const std::string& expression) {
    const auto lines = ask("SELECT coalesce(" + expression + ", 'NULL')");
    return lines.empty() ? "" : lines[0];
  }

  std::unique_ptr<Database> database_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(IdentityFunctionsTest, AreKeysOrNull) {
  EXPECT_EQ(one("cpf_key('529.982.247-25')"), "52998224725");
  EXPECT_EQ(one("cpf_key('529.982.247-26')"), "NULL");
  EXPECT_EQ(one("telefone_key('(11) 8765-4321')"), "+5511987654321");
  EXPECT_EQ(one("telefone_key('98765-4321')"), "NULL");
  EXPECT_EQ(one("email_key(' João@MAÇÃ.com ')"), "joão@xn--ma-tiap.com");
  EXPECT_EQ(one("email_key('naotem')"), "NULL");
  for (const char* name :
       {"cpf_key", "telefone_key", "email_key", "cpf_reason", "telefone_reason", "email_reason"})
    for (const char* nothing : {"NULL", "''", "'  '"})
      EXPECT_EQ(one(std::string(name) + "(" + nothing + ")"), "NULL") << name << nothing;
}

TEST_F(IdentityFunctionsTest, SayWhyThereIsNoKey) {
  EXPECT_THAT(one("cpf_reason('111.111.111-11')"), HasSubstr("repeated"));
  EXPECT_THAT(one("telefone_reason('98765-4321')"), HasSubstr("area code"));
  EXPECT_THAT(one("email_reason('naotem')"), HasSubstr("no @"));
  EXPECT_EQ(one("cpf_reason('52998224725')"), "NULL");
}

TEST_F(IdentityFunctionsTest, EveryRowOfAColumnGetsItsOwn) {
  EXPECT_THAT(ask("SELECT count(*)::VARCHAR, count(DISTINCT k)::VARCHAR, count(k)::VARCHAR FROM ("
                  "SELECT telefone_key(CASE WHEN i % 3 > 0 THEN '11' || (910000000 + i) END) AS k "
                  "FROM range(30000) t(i))"),
              ElementsAre("30000|20000|20000"));
  EXPECT_THAT(ask("SELECT x FROM (VALUES ('1133334444'), (NULL), ('x')) t(x) "
                  "WHERE telefone_key(x) = '+551133334444'"),
              ElementsAre("1133334444"));
}

TEST_F(IdentityFunctionsTest, ViewsShowKeysBesideWhatWasDeliveredAndListTheRest) {
  ask("CREATE TEMP TABLE quarentena_global AS SELECT * FROM (VALUES "
      "(DATE '2024-05-28', 'CRM', '529.982.247-25', 'A@b.com', '1187654321', 's'), "
      "(DATE '2024-05-28', 'CRM', '7', NULL, '98765-4321', 's')) "
      "t(data_carga, canal, id_cliente, email, telefone, assunto)");
  ASSERT_TRUE(create_identity_views(*connection_, {"id_cliente", true, true}));
  EXPECT_THAT(ask("SELECT id_cliente, cpf_key, telefone, telefone_key, email, email_key "
                  "FROM identidades WHERE cpf_key IS NOT NULL"),
              ElementsAre("529.982.247-25|52998224725|1187654321|+5511987654321|A@b.com|a@b.com"));
  EXPECT_THAT(ask("SELECT count(*)::VARCHAR FROM identidades"), ElementsAre("2"));
  EXPECT_THAT(ask("SELECT data_carga::VARCHAR, canal, id_cliente, \"column\", value, reason "
                  "FROM identidades_rejeitadas"),
              UnorderedElementsAre(
                  "2024-05-28|CRM|7|id_cliente|7|the CPF's check digits do not match",
                  "2024-05-28|CRM|7|telefone|98765-4321|the phone number has no area code"));
}

TEST_F(IdentityFunctionsTest, ViewsHoldOnlyTheKeysAskedFor) {
  ask("CREATE TEMP TABLE quarentena_global AS SELECT DATE '2024-05-28' AS data_carga, 'CRM' AS "
      "canal, '1' AS id_cliente, 'x' AS email, 'x' AS telefone, '52998224725' AS assunto");
  ASSERT_TRUE(create_identity_views(*connection_, {"assunto", false, false}));
  EXPECT_THAT(
      ask("SELECT column_name FROM (DESCRIBE identidades)"),
      ElementsAre("data_carga", "canal", "id_cliente", "telefone", "email", "assunto", "cpf_key"));
  EXPECT_THAT(ask("SELECT value FROM identidades_rejeitadas"), IsEmpty());
}

TEST_F(IdentityFunctionsTest, ThereAreNoViewsWithoutAKeyToMake) {
  ASSERT_TRUE(create_identity_views(*connection_, {}));
  EXPECT_THAT(ask("SELECT view_name FROM duckdb_views() WHERE view_name LIKE 'identidades%'"),
              IsEmpty());
}

TEST_F(LoadTest, WhereMayAskForIdentities) {
  auto& m = csv("m", "1,a@b.com,1187654321,s,2024-05-28\n2,a,987654321,s,2024-05-28\n");
  m.source.where = "telefone_key(telefone) IS NOT NULL AND email_key(email) LIKE '%@b.com'";
  EXPECT_EQ(text_of(loaded(m).inputs[0].account), "read 2: quarantined 1 filtered 1");
}

}  // namespace
}  // namespace quarentena::duck
