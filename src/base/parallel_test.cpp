#include "base/parallel.h"

#include <gmock/gmock.h>

#include <mutex>
#include <set>

namespace quarentena {
namespace {

using testing::HasSubstr;

TEST(InParallel, DoesEachPieceOnceWhateverTheThreads) {
  for (const std::size_t threads : {std::size_t{1}, std::size_t{4}, std::size_t{100}}) {
    std::vector<std::atomic<int>> done(37);
    const auto results = in_parallel(done.size(), threads, [&](std::size_t i) -> Status {
      ++done[i];
      return {};
    });
    EXPECT_EQ(results.size(), done.size());
    for (const auto& count : done) EXPECT_EQ(count, 1);
  }
  EXPECT_TRUE(in_parallel(0, 4, [](std::size_t) -> Status { return {}; }).empty());
}

TEST(InParallel, OneThatFailsStopsNoOther) {
  const auto results = in_parallel(4, 2, [](std::size_t i) -> Status {
    if (i == 0) return fail(ErrorKind::missing, "a primeira");
    return {};
  });
  EXPECT_FALSE(results[0]);
  EXPECT_TRUE(results[1] && results[2] && results[3]);
}

TEST(Combined, NothingOneOrAllOfThem) {
  EXPECT_TRUE(combined({{}, {}}));
  EXPECT_EQ(combined({{}, fail(ErrorKind::auth, "só ela", "dica")}).error().what, "só ela");
  const auto both =
      combined({fail(ErrorKind::transient, "uma", "dica um"), {}, fail(ErrorKind::data, "outra")});
  EXPECT_THAT(both.error().what, HasSubstr("2 things"));
  EXPECT_THAT(both.error().what, HasSubstr("uma\n    hint: dica um\n  outra"));
}

TEST(Combined, IsTransientOnlyWhenEveryErrorIs) {
  const Status later = fail(ErrorKind::transient, "depois"), never = fail(ErrorKind::auth, "não");
  EXPECT_EQ(combined({later, later}).error().kind, ErrorKind::transient);
  EXPECT_EQ(combined({later, never}).error().kind, ErrorKind::auth);
  EXPECT_EQ(combined({never, later}).error().kind, ErrorKind::auth);
}

}  // namespace
}  // namespace quarentena
