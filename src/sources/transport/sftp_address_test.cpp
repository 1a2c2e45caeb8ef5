#include "sources/transport/sftp_address.h"

#include <gtest/gtest.h>

namespace quarentena {
namespace {

TEST(SftpAddress, IsTakenApart) {
  const auto address = sftp_address("carga@host.example:2222/Export/a.csv", "x");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->host, "host.example");
  EXPECT_EQ(address->port, 2222);
  EXPECT_EQ(address->user, "carga");
  EXPECT_EQ(address->path, "/Export/a.csv");
  EXPECT_EQ(address->server(), "sftp://host.example:2222");
}

TEST(SftpAddress, HasPort22UnlessItSaysAnother) {
  EXPECT_EQ(sftp_address("host/a.csv", "sftp://host/a.csv")->port, 22);
  const auto six = sftp_address("[::1]/a.csv", "sftp://[::1]/a.csv");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "[::1]");
  EXPECT_EQ(six->port, 22);
  EXPECT_EQ(sftp_address("[::1]:99/a.csv", "sftp://[::1]:99/a.csv")->port, 99);
}

TEST(SftpAddress, HasAnOriginThatIsTheSameEveryDay) {
  const std::string written = "sftp://h/Export/{data_carga:%Y%m%d}/mkt_*.csv";
  const auto monday = sftp_address("h/Export/20240527/mkt_*.csv", written);
  const auto tuesday = sftp_address("h/Export/20240528/mkt_*.csv", written);
  ASSERT_TRUE(monday && tuesday);
  EXPECT_EQ(monday->origin(), "sftp://h:22/Export/");
  EXPECT_EQ(monday->origin(), tuesday->origin());
  EXPECT_FALSE(monday->is_folder());
}

TEST(SftpAddress, OfAFolderIsItsOwnOrigin) {
  const auto folder = sftp_address("h/Export/20240527/", "sftp://h/Export/{data_carga:%Y%m%d}/");
  ASSERT_TRUE(folder);
  EXPECT_TRUE(folder->is_folder());
  EXPECT_EQ(folder->origin(), "sftp://h:22/Export/20240527/");
}

TEST(SftpAddress, WithoutAHostAPathOrAPortIsRefused) {
  for (const char* bad : {"host", "host:/a", "host:x/a", "host:70000/a", ":22/a", "/a", "u@/a"}) {
    const auto address = sftp_address(bad, std::string("sftp://") + bad);
    ASSERT_FALSE(address) << bad;
    EXPECT_EQ(address.error().kind, ErrorKind::config) << bad;
  }
}

}  // namespace
}  // namespace quarentena
