#include "serve/documents.h"

#include <gtest/gtest.h>

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
  return {"days", edition, 0, [edition]() -> Result<std::string> { return "of " + edition; }};
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

TEST(Documents, AFailureIsToldToWhoWaits) {
  Documents documents;
  WantedDocument broken{"days", "1", 0,
                        [] { return Result<std::string>(fail(ErrorKind::missing, "no table")); }};
  const auto asker = std::make_shared<Waiting>();
  EXPECT_EQ(documents.get(broken, asker), nullptr);
  EXPECT_EQ(asker->told(), 404);
}

}  // namespace
}  // namespace quarentena::serve
