#include "alerts/payload.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace quarentena::alerts {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using Shape = Alerts::Webhook::Shape;

Notice notice_of(Alerts::Event event, const std::string& what) {
  Notice notice;
  notice.event = event;
  notice.what = what;
  notice.means = "campanhas <esperam> & leem";
  notice.next = {"`quarentena run`"};
  notice.incident = "load@t";
  return notice;
}

TEST(Payload, OneNoticeIsItsOwnSubjectAndSeveralAreCounted) {
  EXPECT_EQ(subject_of({"1", {notice_of(Alerts::Event::held, "x is held")}, 0, 0, {}, false}),
            "quarentena: held: x is held");
  EXPECT_EQ(
      subject_of({"1",
                  {notice_of(Alerts::Event::degraded, "a"), notice_of(Alerts::Event::failed, "b"),
                   notice_of(Alerts::Event::degraded, "c")},
                  0,
                  0,
                  {},
                  false}),
      "quarentena: 1 failed, 2 degraded");
}

TEST(Payload, ALongSubjectIsCutBetweenCharacters) {
  std::string what;
  for (int i = 0; i < 200; ++i) what += "ç";
  const auto subject = subject_of({"1", {notice_of(Alerts::Event::held, what)}, 0, 0, {}, false});
  EXPECT_LE(subject.size(), 163u);
  EXPECT_NO_THROW((void)json(subject).dump());
}

TEST(Payload, GenericHoldsEverythingByName) {
  const Message message{"id-1", {notice_of(Alerts::Event::failed, "b")}, 0, 0, {}, false};
  const auto body = json::parse(webhook_body(Shape::generic, message, "/data/table"));
  EXPECT_EQ(body["schema"], "quarentena/alert/1");
  EXPECT_EQ(body["id"], "id-1");
  EXPECT_EQ(body["table"], "/data/table");
  EXPECT_EQ(body["notices"][0]["event"], "failed");
  EXPECT_EQ(body["notices"][0]["next"][0], "`quarentena run`");
}

TEST(Payload, SlackGetsTextAndBlocksWithItsThreeCharactersEscaped) {
  const Message message{"id-1", {notice_of(Alerts::Event::failed, "a < b")}, 0, 0, {}, false};
  const auto body = json::parse(webhook_body(Shape::slack, message, "t"));
  EXPECT_THAT(body["text"].get<std::string>(), HasSubstr("a &lt; b"));
  const auto text = body["blocks"][0]["text"]["text"].get<std::string>();
  EXPECT_THAT(text, HasSubstr("&lt;esperam&gt; &amp; leem"));
  EXPECT_THAT(text, Not(HasSubstr("<")));
}

TEST(Payload, TeamsGetsAnAdaptiveCard) {
  const Message message{"id-1", {notice_of(Alerts::Event::failed, "a")}, 0, 0, {}, false};
  const auto body = json::parse(webhook_body(Shape::teams, message, "t"));
  const auto& card = body["attachments"][0];
  EXPECT_EQ(card["contentType"], "application/vnd.microsoft.card.adaptive");
  EXPECT_EQ(card["content"]["type"], "AdaptiveCard");
}

TEST(Payload, OfManyNoticesAChatShowsSomeAndSaysHowManyMore) {
  Message message{"id-1", {}, 0, 0, {}, false};
  for (int i = 0; i < 40; ++i) message.notices.push_back(notice_of(Alerts::Event::degraded, "a"));
  const auto body = json::parse(webhook_body(Shape::slack, message, "t"));
  EXPECT_LE(body["blocks"].size(), 50u);
  EXPECT_THAT(body.dump(), HasSubstr("and 25 more"));
  EXPECT_EQ(json::parse(webhook_body(Shape::generic, message, "t"))["notices"].size(), 40u);
}

}  // namespace
}  // namespace quarentena::alerts
