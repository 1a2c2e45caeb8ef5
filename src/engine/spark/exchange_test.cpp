#include "engine/spark/exchange.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "base/date.h"

namespace quarentena::spark {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Names, and when each was written.
class Shelf final : public RemoteFolder {
 public:
  std::string name_of(const std::string& relative) const override { return relative; }
  Status put(const fs::path&, const std::string& relative) const override {
    files_[relative] = now_ms();
    return {};
  }
  Result<PutNew> put_new(const fs::path& file, const std::string& relative) const override {
    if (files_.count(relative)) return PutNew::taken;
    TRY_STATUS(put(file, relative));
    return PutNew::done;
  }
  Status get(const std::string& relative, const fs::path& file) const override {
    std::ofstream(file) << relative;
    return {};
  }
  Result<std::vector<RemoteEntry>> list(const std::string& below) const override {
    std::vector<RemoteEntry> out;
    for (const auto& [name, when] : files_)
      if (below.empty() || name.starts_with(below + "/")) out.push_back({name, 1, when});
    return out;
  }
  Status remove(const std::string& relative) const override {
    files_.erase(relative);
    return {};
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& [name, when] : files_) out.push_back(name);
    return out;
  }
  mutable std::map<std::string, std::int64_t> files_;
};

class RemoteExchangeTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(here_ / "0-0"); }
  void TearDown() override { fs::remove_all(here_); }

  std::unique_ptr<Exchange> open(Reader reader = Reader::hadoop) const {
    return remote_exchange({shelf_, "s3://lake/t/_quarentena", "run1", here_, reader});
  }
  fs::path file(const std::string& name) const {
    std::ofstream(here_ / name) << "x";
    return here_ / name;
  }

  std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
  fs::path here_ = fs::temp_directory_path() / ("exchange_" + std::to_string(::getpid()));
};

TEST_F(RemoteExchangeTest, AFileGivenIsThereUnderSparksNameAndNoLongerHere) {
  const auto exchange = open();
  const auto given = file("0-0/delivered-0.parquet");
  ASSERT_TRUE(exchange->give(given));
  EXPECT_THAT(shelf_->names(), ElementsAre("run1/0-0/delivered-0.parquet"));
  EXPECT_FALSE(fs::exists(given));
  EXPECT_EQ(exchange->there(given), "s3a://lake/t/_quarentena/run1/0-0/delivered-0.parquet");
  EXPECT_EQ(open(Reader::databricks)->there(given),
            "s3://lake/t/_quarentena/run1/0-0/delivered-0.parquet");
}

TEST_F(RemoteExchangeTest, OfAFolderOnlyItsParquetFilesComeHere) {
  for (const char* name : {"_SUCCESS", "part-0.snappy.parquet", "_temporary/0/part-1.parquet"})
    shelf_->files_[std::string("run1/0-0/rows/") + name] = now_ms();
  const auto exchange = open();
  ASSERT_TRUE(exchange->fetch(here_ / "0-0/rows"));
  std::vector<std::string> here;
  for (const auto& entry : fs::directory_iterator(here_ / "0-0/rows"))
    here.push_back(entry.path().filename());
  EXPECT_THAT(here, ElementsAre("part-0.snappy.parquet"));
}

TEST_F(RemoteExchangeTest, ItsEndRemovesItsOwnFilesAndABeginningThoseOfDeadRuns) {
  constexpr std::int64_t kDay = std::int64_t{24} * 60 * 60 * 1000;
  shelf_->files_ = {{"run0/0-0/a.parquet", now_ms() - kDay},  // it may still be running
                    {"dead/0-0/a.parquet", now_ms() - 30 * kDay},
                    {"long/0-0/a.parquet", now_ms() - 30 * kDay},
                    {"long/0-0/b.parquet", now_ms() - kDay}};
  auto exchange = open();
  EXPECT_THAT(shelf_->names(),
              ElementsAre("long/0-0/a.parquet", "long/0-0/b.parquet", "run0/0-0/a.parquet"));
  shelf_->files_ = {{"run1/0-0/a.parquet", now_ms()}, {"run10/0-0/a.parquet", now_ms()}};
  exchange.reset();
  EXPECT_THAT(shelf_->names(), ElementsAre("run10/0-0/a.parquet"));
}

TEST_F(RemoteExchangeTest, AFolderThatIsDroppedIsGoneThere) {
  const auto exchange = open();
  shelf_->files_ = {{"run1/0-0/groups/a.parquet", now_ms()}};
  exchange->drop(here_ / "0-0/groups");
  EXPECT_THAT(shelf_->names(), IsEmpty());
}

TEST(SparkName, IsNeverOfSparksDefaultFileSystem) {
  EXPECT_EQ(spark_name("/data/table", Reader::hadoop), "file:/data/table");
  EXPECT_EQ(spark_name("/Volumes/c/s/v/a", Reader::databricks), "/Volumes/c/s/v/a");
  EXPECT_EQ(spark_name("abfss://c@a.dfs.core.windows.net/t", Reader::hadoop),
            "abfss://c@a.dfs.core.windows.net/t");
}

}  // namespace
}  // namespace quarentena::spark
