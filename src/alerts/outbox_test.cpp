#include "alerts/outbox.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

namespace quarentena::alerts {
namespace {

using testing::IsEmpty;
namespace fs = std::filesystem;

constexpr std::int64_t kMinute = 60'000;
constexpr int kPerHour = 3;

Notice notice_of(Alerts::Event event, const std::string& what = "x") {
  Notice notice;
  notice.event = event;
  notice.what = what;
  return notice;
}

Status refused(ErrorKind kind) { return fail(kind, "no"); }

class OutboxTest : public testing::Test {
 protected:
  void add(const std::string& what = "x") {
    outbox_.waiting.push_back(notice_of(Alerts::Event::failed, what));
  }
  std::optional<Message> next(When when = When::due) {
    return next_message(outbox_, kPerHour, when, now_);
  }
  void send_one() {
    ASSERT_TRUE(next(When::now));
    settle(outbox_, {}, now_);
  }

  Outbox outbox_;
  std::int64_t now_ = 1'716'892'200'000;
};

TEST_F(OutboxTest, WithNothingToTellThereIsNoMessage) { EXPECT_FALSE(next()); }

TEST_F(OutboxTest, WhatWaitsGoesAsOneMessage) {
  add("a");
  add("b");
  const auto message = next();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->notices.size(), 2u);
  settle(outbox_, {}, now_);
  EXPECT_FALSE(next());
}

TEST_F(OutboxTest, AMessageThatWasTriedIsSentAgainAsItWasUnderItsId) {
  add("a");
  const auto first = next();
  settle(outbox_, refused(ErrorKind::transient), now_);
  add("b");
  now_ += 60 * kMinute;
  const auto again = next();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, first->id);
  EXPECT_EQ(again->notices.size(), 1u);
  settle(outbox_, {}, now_);
  const auto second = next();
  ASSERT_TRUE(second);
  EXPECT_NE(second->id, first->id);
  EXPECT_EQ(second->notices[0].what, "b");
}

TEST_F(OutboxTest, AfterAFailureItWaitsLongerEachTimeUnlessItIsAskedNow) {
  add();
  next();
  std::int64_t waits = 0;
  for (const int minutes : {1, 2, 4, 8, 16, 32, 32}) {
    settle(outbox_, refused(ErrorKind::transient), now_);
    EXPECT_TRUE(next(When::now));
    now_ += minutes * kMinute - 1;
    EXPECT_FALSE(next()) << minutes;
    now_ += 1;
    EXPECT_TRUE(next()) << minutes;
    ++waits;
  }
  EXPECT_EQ(outbox_.message->tries, waits);
}

TEST_F(OutboxTest, WhatIsRefusedIsNotTriedByTheClockAlone) {
  add();
  next();
  settle(outbox_, refused(ErrorKind::auth), now_);
  now_ += 1'000 * kMinute;
  EXPECT_FALSE(next());
  EXPECT_TRUE(next(When::now));
}

TEST_F(OutboxTest, MoreThanTheRateWaitsForTheHourToPassAndGoesAsOne) {
  for (int i = 0; i < kPerHour; ++i) {
    add();
    send_one();
  }
  add("a");
  add("b");
  EXPECT_FALSE(next(When::now));
  now_ += 60 * kMinute;
  const auto message = next();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->notices.size(), 2u);
}

TEST(Enqueue, TellsAChannelOfWhatItAsksForAndOfItsEnd) {
  Alerts alerts;
  alerts.channels.resize(2);
  alerts.channels[0].name = "held";
  alerts.channels[0].on = {Alerts::Event::held, Alerts::Event::recovered};
  alerts.channels[1].name = "failed";
  alerts.channels[1].on = {Alerts::Event::failed};
  Memory memory;
  auto over = notice_of(Alerts::Event::recovered);
  over.over = Alerts::Event::held;
  enqueue(memory, alerts, {notice_of(Alerts::Event::held), notice_of(Alerts::Event::failed), over});
  EXPECT_EQ(memory.outboxes["held"].waiting.size(), 2u);
  EXPECT_EQ(memory.outboxes["failed"].waiting.size(), 1u);
}

TEST(Memory, ComesBackFromItsJsonAsItWas) {
  Memory memory;
  memory.looked_ms = 7;
  memory.incidents.newest = Date(19'000);
  memory.incidents.open["source crm"] = {"source-crm@t", Alerts::Event::late, Date(19'000), 5, "x"};
  memory.in_time["crm"] = Date(19'001);
  auto& outbox = memory.outboxes["plantao"];
  outbox.waiting = {notice_of(Alerts::Event::stale, "ação")};
  outbox.message = Message{"id", {notice_of(Alerts::Event::held)}, 2, 9, "no", true};
  outbox.message->notices[0].next = {"a", "b"};
  outbox.sent_ms = {1, 2};
  const auto back = memory_from_json(to_json(memory));
  ASSERT_TRUE(back);
  EXPECT_EQ(to_json(*back), to_json(memory));
  EXPECT_EQ(back->outboxes.at("plantao").message->notices[0].next.size(), 2u);
}

TEST(Memory, WhatIsDamagedIsPutAsideAndBegunAnew) {
  const auto folder = fs::temp_directory_path() / ("alerts-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "memory.json") << "{";
  ASSERT_TRUE(change_memory(folder, [](Memory& memory) { memory.looked_ms = 3; }));
  EXPECT_EQ(read_memory(folder).looked_ms, 3);
  EXPECT_TRUE(fs::exists(folder / "memory.json.damaged"));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace quarentena::alerts
