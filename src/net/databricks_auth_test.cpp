#include "net/databricks_auth.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "net/databricks_client.h"
#include "net/unity_catalog.h"

namespace quarentena {
namespace {

/// A machine on which nobody is signed in, and a .databrickscfg of its own.
class DatabricksLoginTest : public testing::Test {
 protected:
  DatabricksLoginTest() {
    for (const char* name : kVariables) unsetenv(name);
    setenv("DATABRICKS_CONFIG_FILE", file_.c_str(), 1);
  }
  ~DatabricksLoginTest() override {
    for (const char* name : kVariables) unsetenv(name);
    unsetenv("DATABRICKS_CONFIG_FILE");
    std::filesystem::remove(file_);
  }
  void write_profiles(const std::string& text) { std::ofstream(file_) << text; }
  static void variable(const char* name, const char* value) { setenv(name, value, 1); }

 private:
  static constexpr const char* kVariables[] = {"DATABRICKS_HOST", "DATABRICKS_TOKEN",
                                               "DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET",
                                               "DATABRICKS_CONFIG_PROFILE"};
  std::filesystem::path file_ =
      std::filesystem::temp_directory_path() / ("databrickscfg." + std::to_string(getpid()));
};

TEST_F(DatabricksLoginTest, AuthComesBeforeTheEnvironment) {
  variable("DATABRICKS_HOST", "https://a.example.com");
  variable("DATABRICKS_TOKEN", "of-the-environment");
  variable("UC_TOKEN", "of-auth");
  const auto login = databricks_login({{"token", "${env:UC_TOKEN}"}});
  ASSERT_TRUE(login);
  EXPECT_EQ(login->host, "https://a.example.com");
  EXPECT_EQ(login->token.reveal(), "of-auth");
}

TEST_F(DatabricksLoginTest, TheEnvironmentComesBeforeTheDefaultProfile) {
  write_profiles("[DEFAULT]\nhost = https://b.example.com\ntoken = of-the-file\n");
  variable("DATABRICKS_HOST", "a.example.com/?o=12");
  variable("DATABRICKS_CLIENT_ID", "id");
  variable("DATABRICKS_CLIENT_SECRET", "secret");
  const auto login = databricks_login({});
  ASSERT_TRUE(login);
  EXPECT_EQ(login->host, "https://a.example.com");
  EXPECT_EQ(login->client_id, "id");
  EXPECT_TRUE(login->token.empty());
}

TEST_F(DatabricksLoginTest, AProfileThatAuthNamesComesBeforeTheEnvironment) {
  write_profiles(
      "; comment\nhost=https://d.example.com\n[uc]\n host = https://b.example.com/ \n"
      "token = of-the-file\r\n");
  variable("DATABRICKS_HOST", "https://a.example.com");
  variable("DATABRICKS_TOKEN", "of-the-environment");
  const auto login = databricks_login({{"profile", "uc"}});
  ASSERT_TRUE(login);
  EXPECT_EQ(login->host, "https://b.example.com");
  EXPECT_EQ(login->token.reveal(), "of-the-file");
}

TEST_F(DatabricksLoginTest, TheTokenOfOneHostIsNotSentToAnother) {
  variable("DATABRICKS_HOST", "https://a.example.com");
  variable("DATABRICKS_TOKEN", "of-a");
  const auto login = databricks_login({{"host", "https://evil.example.com"}});
  ASSERT_TRUE(login);
  EXPECT_TRUE(login->token.empty());
}

TEST_F(DatabricksLoginTest, PlainHttpIsForThisMachineOnly) {
  EXPECT_TRUE(databricks_login({{"host", "http://127.0.0.1:8080"}}));
  EXPECT_TRUE(databricks_login({{"host", "HTTP://localhost:8080/"}}));
  for (const char* host :
       {"http://127.example.com", "http://a.example.com", "http://127.0.0.1.evil.com:80"}) {
    const auto login = databricks_login({{"host", host}});
    ASSERT_FALSE(login) << host;
    EXPECT_EQ(login.error().kind, ErrorKind::config);
  }
}

TEST_F(DatabricksLoginTest, ATokenAndAClientInOnePlaceAreRefused) {
  variable("DATABRICKS_HOST", "https://a.example.com");
  variable("DATABRICKS_TOKEN", "t");
  variable("DATABRICKS_CLIENT_ID", "id");
  const auto login = databricks_login({});
  ASSERT_FALSE(login);
  EXPECT_NE(login.error().what.find("both a token and a client"), std::string::npos);
}

TEST_F(DatabricksLoginTest, AClientWithoutItsSecretIsRefused) {
  const auto login = databricks_login({{"host", "https://a.example.com"}, {"client_id", "id"}});
  ASSERT_FALSE(login);
  EXPECT_NE(login.error().what.find("without its client_secret"), std::string::npos);
}

TEST_F(DatabricksLoginTest, WithoutAHostTheHintSaysWhereToGiveIt) {
  const auto login = databricks_login({});
  ASSERT_FALSE(login);
  EXPECT_NE(login.error().hint.find("DATABRICKS_HOST"), std::string::npos);
}

TEST(DatabricksAnswer, ReadsTheThreeFormsThatServersUse) {
  EXPECT_EQ(databricks_answer(R"({"error_code":"TABLE_DOES_NOT_EXIST","message":"a\nb"})").message,
            "a");
  EXPECT_EQ(databricks_answer(R"({"errorCode":"RESOURCE_NOT_FOUND"})").code, "RESOURCE_NOT_FOUND");
  EXPECT_EQ(databricks_answer(R"({"error":"invalid_client"})").code, "invalid_client");
}

TEST(DatabricksAnswer, IsEmptyForAnythingElse) {
  for (const char* body : {"", "<html>", "[]", R"({"error_code":"not a code!"})"})
    EXPECT_EQ(databricks_answer(body).code, "") << body;
}

TEST(TableNameTest, HasThreeParts) {
  const auto name = parse_table_name("main.marketing.fraude");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->full(), "main.marketing.fraude");
  for (const char* text : {"", "a.b", "a..c", ".b.c", "a.b.", "a.b.c.d", "a.b.c/d"})
    EXPECT_FALSE(parse_table_name(text)) << text;
}

}  // namespace
}  // namespace quarentena
