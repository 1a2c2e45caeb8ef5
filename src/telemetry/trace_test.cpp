#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "telemetry/telemetry.h"

namespace quarentena {
namespace {

using nlohmann::json;

RunReport run() {
  RunReport report;
  report.run_id = "20240528T103000Z-1a2b3c";
  report.status = RunStatus::published;
  report.started_ms = 1'716'892'200'000;
  report.finished_ms = 1'716'892'201'000;
  report.steps = {{"fetch", {1'716'892'200'100, 200}}, {"load", {1'716'892'200'300, 600}}};
  SourceReport source;
  source.name = "crm";
  source.fetched = Lapse{1'716'892'200'110, 150};
  source.loaded = Lapse{1'716'892'200'310, 500};
  report.sources = {source};
  return report;
}

json spans_of(const RunReport& report) {
  return json::parse(trace_json(report))["resourceSpans"][0]["scopeSpans"][0]["spans"];
}

TEST(Trace, IsOneOfTheRunWithItsStepsAndSourcesBelow) {
  const auto spans = spans_of(run());
  ASSERT_EQ(spans.size(), 5u);
  EXPECT_FALSE(spans[0].contains("parentSpanId"));
  EXPECT_EQ(spans[1]["parentSpanId"], spans[0]["spanId"]);
  EXPECT_EQ(spans[3]["name"], "fetch crm");
  EXPECT_EQ(spans[3]["parentSpanId"], spans[1]["spanId"]);
  EXPECT_EQ(spans[4]["parentSpanId"], spans[2]["spanId"]);
  EXPECT_EQ(spans[0]["startTimeUnixNano"], "1716892200000000000");
  EXPECT_EQ(spans[0]["endTimeUnixNano"], "1716892201000000000");
}

TEST(Trace, HasIdsOfTheLengthThatOtlpAsksAndTheSameEachTime) {
  const auto spans = spans_of(run());
  std::set<std::string> ids;
  for (const auto& span : spans) {
    EXPECT_EQ(span["traceId"].get<std::string>().size(), 32u);
    EXPECT_EQ(span["traceId"], spans[0]["traceId"]);
    EXPECT_EQ(span["spanId"].get<std::string>().size(), 16u);
    ids.insert(span["spanId"].get<std::string>());
  }
  EXPECT_EQ(ids.size(), spans.size());
  EXPECT_EQ(spans, spans_of(run()));
}

TEST(Trace, AFailedRunIsAnErrorOfItsKindWithoutItsWords) {
  auto failed = run();
  failed.status = RunStatus::failed;
  failed.error = Error{ErrorKind::data, "'ana@exemplo.com' is no date", ""};
  const auto text = trace_json(failed);
  EXPECT_EQ(spans_of(failed)[0]["status"]["code"], 2);
  EXPECT_EQ(text.find("ana@exemplo.com"), std::string::npos);
  EXPECT_NE(text.find("error.type"), std::string::npos);
}

}  // namespace
}  // namespace quarentena
