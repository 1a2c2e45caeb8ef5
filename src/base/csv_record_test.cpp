#include "base/csv_record.h"

#include <gtest/gtest.h>

namespace quarentena {
namespace {

TEST(CsvRecord, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(csv_record({"a", "b c", "007"}), "a,b c,007\n");
  EXPECT_EQ(csv_record({"a,b", "c\"d", "e\nf", "g\rh"}), "\"a,b\",\"c\"\"d\",\"e\nf\",\"g\rh\"\n");
}

TEST(CsvRecord, TellsNullFromAnEmptyText) {
  EXPECT_EQ(csv_record({std::nullopt, "", std::nullopt}), ",\"\",\n");
}

}  // namespace
}  // namespace quarentena
