#include "config/analytics.h"

#include <gtest/gtest.h>

#include "base/source_folder_for_tests.h"

namespace quarentena {
namespace {

const std::filesystem::path kGood = source_folder() / "src/config/testdata/good";

TEST(LoadAnalysesFolder, IsRelativeToTheFile) {
  EXPECT_EQ(load_analyses_folder(kGood / "analytics.yml").value(), kGood / "analises");
  EXPECT_EQ(load_analyses_folder(kGood / "least.yml").value(), "");
}

}  // namespace
}  // namespace quarentena
