#include "net/aws_profiles.h"

#include <gtest/gtest.h>

namespace quarentena {
namespace {

TEST(AwsProfiles, AreReadFromBothFilesTheCredentialsWinning) {
  const auto profiles = parse_aws_profiles(
      "[default]\nregion = sa-east-1\n\n[profile carga]\nrole_arn = arn:x\nsource_profile = base\n"
      "[sso-session nada]\nsso_region = us-east-1\n",
      "# keys\n[base]\naws_access_key_id = A # comment\naws_secret_access_key=b+/=\n"
      "[default]\nregion = eu-west-1\n");
  EXPECT_EQ(profiles.at("default").at("region"), "eu-west-1");
  EXPECT_EQ(profiles.at("carga").at("source_profile"), "base");
  EXPECT_EQ(profiles.at("base").at("aws_access_key_id"), "A");
  EXPECT_EQ(profiles.at("base").at("aws_secret_access_key"), "b+/=");
  EXPECT_EQ(profiles.size(), 3u);
}

TEST(AwsProfiles, LeaveNestedSettingsOfOneServiceOut) {
  const auto profiles = parse_aws_profiles("[profile a]\ns3 =\n  region = x\nregion = y\n", "");
  EXPECT_EQ(profiles.at("a").at("region"), "y");
}

}  // namespace
}  // namespace quarentena
