#include "serve/routes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "serve/check_answer.h"

namespace quarentena::serve {
namespace {

TEST(Routes, EachDoorOffersItsOwn) {
  EXPECT_EQ(find_route("/v1/check", Door::api, {})->scope, Scope::check);
  EXPECT_EQ(find_route("/v1/check", Door::open_metrics, {}), nullptr);
  EXPECT_EQ(find_route("/v1/check/", Door::api, {}), nullptr);
  EXPECT_EQ(find_route("/v1/days", Door::api, {})->scope, Scope::read);
  EXPECT_FALSE(find_route("/", Door::api, {})->scope);
  EXPECT_EQ(find_route("/", Door::open_metrics, {}), nullptr);
  EXPECT_EQ(find_route("/", Door::api, {.page = false}), nullptr);
  EXPECT_NE(find_route("/v1/days", Door::api, {.page = false}), nullptr);
  EXPECT_EQ(find_route("/metrics", Door::api, {}), nullptr);
  EXPECT_EQ(find_route("/metrics", Door::api, {.metrics = true})->scope, Scope::metrics);
  EXPECT_EQ(find_route("/metrics", Door::metrics, {})->scope, Scope::metrics);
  EXPECT_FALSE(find_route("/metrics", Door::open_metrics, {})->scope);
  EXPECT_NE(find_route("/healthz", Door::open_metrics, {}), nullptr);
}

TEST(Routes, ABodyIsWhatItsContentTypeSays) {
  EXPECT_EQ(form_of_body("application/json"), BodyForm::json);
  EXPECT_EQ(form_of_body("Application/JSON; charset=utf-8"), BodyForm::json);
  EXPECT_EQ(form_of_body("application/x-ndjson"), BodyForm::ndjson);
  EXPECT_EQ(form_of_body("application/x-www-form-urlencoded"), std::nullopt);
  EXPECT_EQ(form_of_body(""), std::nullopt);
}

TEST(Routes, TheAnswerIsWhatIsAcceptedElseAsItWasAsked) {
  EXPECT_EQ(form_of_answer("", BodyForm::ndjson), BodyForm::ndjson);
  EXPECT_EQ(form_of_answer("*/*", BodyForm::ndjson), BodyForm::ndjson);
  EXPECT_EQ(form_of_answer("text/html, application/json;q=0.9", BodyForm::ndjson), BodyForm::json);
  EXPECT_EQ(form_of_answer("application/x-ndjson, */*", BodyForm::json), BodyForm::ndjson);
  EXPECT_EQ(form_of_answer("text/html", BodyForm::json), std::nullopt);
}

TEST(Days, AreWrittenAsDateWritesThem) {
  for (int days = -800'000; days < 800'000; days += 97) {
    if (Date(days).iso().size() != 10 || Date(days).iso()[0] == '-') continue;
    std::string text;
    append_day(text, Date(days));
    ASSERT_EQ(text, Date(days).iso());
  }
}

TEST(AnAnswer, WithoutAnIndexKnowsNobody) {
  CheckQuestion question;
  question.keys = {"1", "a\"b\n"};
  CheckDesk desk;
  desk.why = Unknown::no_table;
  desk.day = *Date::parse_iso("2024-05-28");
  std::string json, ndjson;
  CheckAnswer one(question, desk, BodyForm::json);
  while (one.next(json)) {
  }
  EXPECT_EQ(json,
            R"({"table_version":null,"data_carga":null,"day":"2024-05-28","canal":null,"results":[)"
            R"({"key":"1","standing":"unknown","why":"no_table"},)"
            R"({"key":"a\"b\u000a","standing":"unknown","why":"no_table"}],)"
            R"("counts":{"free":0,"blocked":0,"unknown":2}})"
            "\n");
  CheckAnswer two(question, desk, BodyForm::ndjson);
  while (two.next(ndjson)) {
  }
  EXPECT_EQ(std::count(ndjson.begin(), ndjson.end(), '\n'), 4);
  EXPECT_EQ(two.counts()[2], 2U);
}

}  // namespace
}  // namespace quarentena::serve
