#include "run/table_store.h"

#include "run/runs_for_tests.h"

namespace quarentena {
namespace {

class TableStoreTest : public testing::Test {
 protected:
  NewFile file(const std::string& name, const std::string& canal) const {
    NewFile out;
    out.path = name;
    out.partition = {{"data_carga", kDay.iso()}, {"canal", canal}};
    return out;
  }
  fs::path table() const { return scratch_.path() / "table"; }
  fs::path work() const { return scratch_.path() / "work"; }
  ScratchFolder scratch_;
  std::unique_ptr<TableStore> store_ = table_store_at(TableAt(table()), {}, nullptr);
};

TEST_F(TableStoreTest, WhatNoCommitNamesIsTakenBackWithItsFolders) {
  write(table() / "_delta_log/0.json", "x");
  const auto before = files_under(table());
  {
    PlacedFiles placed(*store_, kDay);
    write(work() / "a", "x");
    ASSERT_TRUE(placed.place(file("a", "CRM"), work(), "part.parquet"));
    EXPECT_TRUE(fs::exists(table() / "data_carga=2024-05-28/canal=CRM/part.parquet"));
  }
  EXPECT_EQ(files_under(table()), before);
}

TEST_F(TableStoreTest, AFileThatCannotBePlacedLeavesNoFolders) {
  write(table() / "_delta_log/0.json", "x");
  const auto before = files_under(table());
  {
    PlacedFiles placed(*store_, kDay);
    EXPECT_FALSE(placed.place(file("not there", "CRM"), work(), "part.parquet"));
  }
  EXPECT_EQ(files_under(table()), before);
}

TEST_F(TableStoreTest, RejectsThatCannotBePlacedLeaveNoFolders) {
  const auto partition = "data_carga=2024-05-28/canal=CRM";
  EXPECT_FALSE(store_->replace_rejects(work() / "not there", partition, "rejects.parquet"));
  EXPECT_FALSE(fs::exists(rejects_location(table())));
}

TEST_F(TableStoreTest, RejectsReplaceThoseOfTheirPartition) {
  const auto place = [&](const std::string& canal, const std::string& name) {
    write(work() / "r", "x");
    EXPECT_TRUE(
        store_->replace_rejects(work() / "r", "data_carga=2024-05-28/canal=" + canal, name));
  };
  const fs::path day = fs::path(rejects_location(table())) / "data_carga=2024-05-28";
  place("CRM", "1");
  place("CRM", "2");
  place("Ofertas", "1");
  EXPECT_EQ(files_under(day), (std::vector<std::string>{"canal=CRM", "canal=CRM/2", "canal=Ofertas",
                                                        "canal=Ofertas/1"}));
  EXPECT_TRUE(
      store_->remove_other_rejects("data_carga=2024-05-28", {"data_carga=2024-05-28/canal=CRM"}));
  EXPECT_EQ(files_under(day), (std::vector<std::string>{"canal=CRM", "canal=CRM/2"}));
  EXPECT_TRUE(store_->replace_rejects({}, "data_carga=2024-05-28/canal=CRM", "3"));
  EXPECT_FALSE(fs::exists(rejects_location(table())));
}

}  // namespace
}  // namespace quarentena
