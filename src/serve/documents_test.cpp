#include "serve/documents.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <thread>

namespace quarentena::serve {
namespace {

class Waiting final : public Asker {
 public:
  void finish(Reply reply) override { tell(reply.status); }
  void again() override { tell(0); }
  /// 0: asked again; else the status it was refused with.
  int told() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return told_ >= 0; });
    return told_;
  }

 private:
  void tell(int what) {
    const std::lock_guard lock(mutex_);
    told_ = what;
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  int told_ = -1;
};

WantedDocument wanted(const std::string& edition) {
  WantedDocument out;
  out.key = "days";
  out.edition = edition;
  out.make = [edition]() -> Result<std::string> { return "of " + edition; };
  return out;
}

TEST(Documents, WhoAsksFirstIsAskedAgainWhenItIsThere) {
  Documents documents;
  const auto asker = std::make_shared<Waiting>();
  EXPECT_EQ(documents.get(wanted("1"), asker), nullptr);
  EXPECT_EQ(asker->told(), 0);
  const auto document = documents.get(wanted("1"), asker);
  ASSERT_NE(document, nullptr);
  EXPECT_EQ(document->json, "of 1");
  EXPECT_FALSE(document->gzip.empty());
}

TEST(Documents, TheOldOneIsGivenUntilTheNewOneIsThere) {
  std::mutex hold;
  Documents documents;
  const auto asker = std::make_shared<Waiting>();
  documents.get(wanted("1"), asker);
  asker->told();
  auto next = wanted("2");
  next.make = [&hold]() -> Result<std::string> {
    const std::lock_guard until_let_go(hold);
    return "of 2";
  };
  {
    const std::lock_guard holding(hold);
    EXPECT_EQ(documents.get(next, asker)->json, "of 1");
    EXPECT_EQ(documents.get(next, asker)->json, "of 1");
  }
  while (documents.get(next, asker)->json != "of 2") std::this_thread::yield();
}

TEST(Documents, OneThatIsTooOldIsWaitedForAndGivenAllTheSameWhenNoNewOneCanBeMade) {
  Documents documents;
  const auto first = std::make_shared<Waiting>(), second = std::make_shared<Waiting>(),
             third = std::make_shared<Waiting>();
  auto aging = wanted("old");
  aging.max_age_ms = aging.stale_ms = 200;
  documents.get(aging, first);
  ASSERT_EQ(first->told(), 0);
  aging.make = [] { return Result<std::string>("new"); };
  while (documents.get(aging, second)) std::this_thread::yield();
  EXPECT_EQ(second->told(), 0);
  EXPECT_EQ(documents.get(aging, second)->json, "new");
  aging.make = [] { return Result<std::string>(fail(ErrorKind::transient, "no answer")); };
  while (documents.get(aging, third)) std::this_thread::yield();
  EXPECT_EQ(third->told(), 0) << "it has the one before";
  EXPECT_EQ(documents.get(aging, third)->json, "new");
}

TEST(Documents, OneIsMadeBeforeAnybodyAsksOnceAnEdition) {
  Documents documents;
  std::atomic<int> made = 0;
  const auto counted = [&](const std::string& edition) {
    auto document = wanted(edition);
    document.make = [&made, edition]() -> Result<std::string> {
      ++made;
      return "of " + edition;
    };
    return document;
  };
  for (const std::string edition : {"1", "2"}) {
    const int before = made;
    while (made == before) documents.prepare(counted(edition));
    documents.prepare(counted(edition));
  }
  const auto asker = std::make_shared<Waiting>();
  auto document = documents.get(counted("2"), asker);
  while (!document || document->json != "of 2") document = documents.get(counted("2"), asker);
  EXPECT_EQ(made, 2);
}

TEST(Documents, AFailureIsToldToWhoWaits) {
  Documents documents;
  auto broken = wanted("1");
  broken.make = [] { return Result<std::string>(fail(ErrorKind::missing, "no table")); };
  const auto asker = std::make_shared<Waiting>();
  EXPECT_EQ(documents.get(broken, asker), nullptr);
  EXPECT_EQ(asker->told(), 404);
}

}  // namespace
}  // namespace quarentena::serve
