#include "serve/question.h"

#include <gmock/gmock.h>

namespace quarentena::serve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t kMost = 5;

class AQuestion : public testing::Test {
 protected:
  Read<CheckQuestion> read(std::string body, BodyForm form = BodyForm::json) {
    body_ = std::move(body);
    return reader_.check(body_, form, kMost);
  }
  HttpProblem problem(const std::string& body, BodyForm form = BodyForm::json) {
    const auto question = read(body, form);
    return question ? HttpProblem{200, "", "it was read"} : question.error();
  }
  HttpProblem explain_problem(std::string body) {
    body_ = std::move(body);
    const auto question = reader_.explain(body_);
    return question ? HttpProblem{200, "", "it was read"} : question.error();
  }
  QuestionReader reader_;
  std::string body_;
};

TEST_F(AQuestion, HasItsFieldsInAnyOrder) {
  const auto question =
      read(R"({"show":"not_free","on":"2024-05-28","keys":["0012","x\"\u00e9"],"canal":"CRM",)"
           R"("purpose":"aviso","key":"sha256:email"})");
  ASSERT_TRUE(question) << question.error().detail;
  EXPECT_EQ(question->type, (KeyType{KeyKind::email, KeyForm::sha256}));
  EXPECT_THAT(question->keys, ElementsAre("0012", "x\"é"));
  EXPECT_EQ(question->campaign.canal, "CRM");
  EXPECT_EQ(question->campaign.purpose, "aviso");
  EXPECT_EQ(question->on->iso(), "2024-05-28");
  EXPECT_EQ(question->shown, Shown::not_free);
}

TEST_F(AQuestion, IsAboutTodayAndShowsAllUnlessItSaysOtherwise) {
  const auto question = read(R"( { "key" : "id_cliente" , "keys" : [ ] } )");
  ASSERT_TRUE(question) << question.error().detail;
  EXPECT_THAT(question->keys, IsEmpty());
  EXPECT_FALSE(question->on);
  EXPECT_EQ(question->shown, Shown::all);
  EXPECT_EQ(question->campaign.canal, "");
}

TEST_F(AQuestion, OnLinesIsTheSame) {
  const auto question = read(
      "\n{\"key\":\"cpf\",\"canal\":\"CRM\"}\r\n\"1\"\n\n  \"a\\u0062\" \n\"3\"", BodyForm::ndjson);
  ASSERT_TRUE(question) << question.error().detail;
  EXPECT_EQ(question->type.kind, KeyKind::cpf);
  EXPECT_THAT(question->keys, ElementsAre("1", "ab", "3"));
}

TEST_F(AQuestion, ThatIsNotJsonIsABadRequest) {
  for (const char* body : {"", "{", "nao", R"({"key":"cpf","keys":["1"]} x)",
                           R"({"key":"cpf","keys":["1",]})", R"({"key":"cpf","keys":["\x"]})"}) {
    EXPECT_EQ(problem(body).status, 400) << body;
    EXPECT_EQ(problem(body).code, "not-json") << body;
  }
  EXPECT_EQ(problem("{\"key\":\"cpf\",\"keys\":[\"\xff\"]}").code, "not-utf8");
  EXPECT_EQ(problem("{\"key\":\"cpf\"}\n\"\xff\"", BodyForm::ndjson).code, "not-utf8");
  EXPECT_EQ(problem("{\"key\":\"cpf\"}\n\"1\"\n2\n", BodyForm::ndjson).status, 400);
  EXPECT_EQ(problem("{\"key\":\"cpf\"}\n\"1\" \"2\"\n", BodyForm::ndjson).status, 400);
}

TEST_F(AQuestion, ThatAsksNothingSaysWhatIsMissing) {
  const auto detail = [&](const char* body) {
    const auto told = problem(body);
    EXPECT_EQ(told.status, 422) << body;
    return told.detail;
  };
  EXPECT_THAT(detail("[]"), HasSubstr("a JSON object"));
  EXPECT_THAT(detail("{}"), HasSubstr("'key'"));
  EXPECT_THAT(detail(R"({"key":"cpf"})"), HasSubstr("'keys'"));
  EXPECT_THAT(detail(R"({"key":"nome","keys":[]})"), HasSubstr("id_cliente"));
  EXPECT_THAT(detail(R"({"key":"cpf","keys":"1"})"), HasSubstr("a list"));
  EXPECT_THAT(detail(R"({"key":"cpf","keys":["1",2]})"), HasSubstr("keys[1]"));
  EXPECT_THAT(detail(R"({"key":"cpf","keys":[],"on":"28/05/2024"})"), HasSubstr("a day"));
  EXPECT_THAT(detail(R"({"key":"cpf","keys":[],"show":"free"})"), HasSubstr("'show'"));
  EXPECT_THAT(detail(R"({"key":"cpf","keys":[],"canal":7})"), HasSubstr("'canal'"));
  EXPECT_THAT(
      detail(("{\"key\":\"cpf\",\"keys\":[],\"canal\":\"" + std::string(51, 'x') + "\"}").c_str()),
      HasSubstr("50 characters"));
  EXPECT_THAT(detail(R"({"key":"cpf","key":"cpf","keys":[]})"), HasSubstr("twice"));
}

TEST_F(AQuestion, NeverRepeatsWhatWasSentInItsProblem) {
  EXPECT_THAT(problem(R"({"key":"cpf","keys":[],"maria@example.com":1})").detail,
              testing::Not(HasSubstr("maria")));
  EXPECT_THAT(problem(R"({"key":"maria@example.com","keys":[]})").detail,
              testing::Not(HasSubstr("maria")));
}

TEST_F(AQuestion, HasAtMostSoManyKeys) {
  EXPECT_EQ(problem(R"({"key":"cpf","keys":["1","2","3","4","5"]})").status, 200);
  EXPECT_EQ(problem(R"({"key":"cpf","keys":["1","2","3","4","5","6"]})").status, 413);
  EXPECT_EQ(
      problem("{\"key\":\"cpf\"}\n\"1\"\n\"2\"\n\"3\"\n\"4\"\n\"5\"\n", BodyForm::ndjson).status,
      200);
  EXPECT_EQ(problem("{\"key\":\"cpf\"}\n\"1\"\n\"2\"\n\"3\"\n\"4\"\n\"5\"\n\"6\"", BodyForm::ndjson)
                .status,
            413);
}

TEST_F(AQuestion, NestedWithoutEndIsRefused) {
  EXPECT_EQ(problem(std::string(100'000, '[')).status, 400);
}

TEST_F(AQuestion, ToExplainNamesOneClient) {
  body_ = R"({"id_cliente":"0012","canal":"CRM","on":"2024-05-28"})";
  const auto question = reader_.explain(body_);
  ASSERT_TRUE(question) << question.error().detail;
  EXPECT_EQ(question->id_cliente, "0012");
  EXPECT_EQ(question->canal, "CRM");
  EXPECT_EQ(question->on->iso(), "2024-05-28");
  EXPECT_EQ(explain_problem("{}").status, 422);
  EXPECT_EQ(explain_problem(R"({"id_cliente":12})").status, 422);
  EXPECT_EQ(explain_problem(R"({"id_cliente":"1","chave":"2"})").status, 422);
  EXPECT_EQ(explain_problem("\"1\"").status, 422);
  EXPECT_EQ(explain_problem("{\"id_cliente\"").status, 400);
}

TEST_F(AQuestion, ToAnalyseNamesAnAnalysisAndGivesTexts) {
  const auto read = [&](const char* text) {
    body_ = text;
    return reader_.analysis(body_);
  };
  const auto question = read(R"({"name":"assuntos","values":{"canal":"CRM","limite":"5"}})");
  ASSERT_TRUE(question) << question.error().detail;
  EXPECT_EQ(question->name, "assuntos");
  EXPECT_EQ(question->values.at("limite"), "5");
  EXPECT_TRUE(read(R"({"name":"assuntos"})"));
  EXPECT_EQ(read("{}").error().status, 422);
  EXPECT_EQ(read(R"({"name":"assuntos","values":{"limite":5}})").error().status, 422);
  EXPECT_EQ(read(R"({"name":"assuntos","values":"5"})").error().status, 422);
  EXPECT_EQ(read(R"({"nome":"assuntos"})").error().status, 422);
  EXPECT_EQ(read("{").error().status, 400);
}

}  // namespace
}  // namespace quarentena::serve
