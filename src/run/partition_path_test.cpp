#include "run/partition_path.h"

#include <gtest/gtest.h>

namespace quarentena {
namespace {

TEST(PartitionPath, IsADayAndACanal) {
  EXPECT_EQ(partition_path(*Date::parse_iso("2024-05-28"), "CRM"),
            "data_carga=2024-05-28/canal=CRM");
}

TEST(PartitionPath, EscapesAsSparkDoesAndKeepsLettersAndBlanks) {
  EXPECT_EQ(partition_path(Date(), "Ação 1"), "data_carga=1970-01-01/canal=Ação 1");
  EXPECT_EQ(partition_path(Date(), "a/b:c=d%e"), "data_carga=1970-01-01/canal=a%2Fb%3Ac%3Dd%25e");
  EXPECT_EQ(partition_path(Date(), "\"#'*?\\{[]^\n\x7f"),
            "data_carga=1970-01-01/canal=%22%23%27%2A%3F%5C%7B%5B%5D%5E%0A%7F");
}

TEST(PartitionPath, InTheLogIsEncodedOnceMore) {
  EXPECT_EQ(uri_encoded("data_carga=2024-05-28/canal=a%2Fb c/part-0.parquet"),
            "data_carga=2024-05-28/canal=a%252Fb%20c/part-0.parquet");
  EXPECT_EQ(uri_encoded("ç"), "%C3%A7");
}

}  // namespace
}  // namespace quarentena
