#include "spark/address.h"

#include <gmock/gmock.h>

#include <cstdlib>

namespace quarentena {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

SparkAddress parsed(std::string_view text) {
  auto address = parse_spark_address(text);
  EXPECT_TRUE(address) << address.error().what;
  return address ? *address : SparkAddress{};
}

std::string refusal(std::string_view text) {
  auto address = parse_spark_address(text);
  EXPECT_FALSE(address) << text;
  if (address) return "";
  EXPECT_EQ(address.error().kind, ErrorKind::config);
  return address.error().what;
}

TEST(SparkAddress, AHostAloneHasSparksPortAndNoTls) {
  for (const char* text : {"sc://spark.example", "sc://spark.example/", "sc://spark.example/;"}) {
    const auto address = parsed(text);
    EXPECT_EQ(address.shown(), "sc://spark.example:15002");
    EXPECT_EQ(address.wire, SparkAddress::Wire::plain);
    EXPECT_TRUE(address.token.empty());
  }
}

TEST(SparkAddress, EveryParameterGoesToItsPlaceAndOthersBecomeHeaders) {
  const auto address = parsed(
      "sc://w.example:443/;token=a%3Bb;use_ssl=TRUE;user_id=ana%20maria;user_agent=nightly;"
      "session_id=00112233-4455-4677-8899-aabbccddeeff;X-Databricks-Cluster-Id=0123-abc");
  EXPECT_EQ(address.port, 443);
  EXPECT_EQ(address.wire, SparkAddress::Wire::tls);
  EXPECT_EQ(address.token.reveal(), "a;b");
  EXPECT_EQ(address.user_id, "ana maria");
  EXPECT_EQ(address.user_agent, "nightly");
  EXPECT_EQ(address.session_id, "00112233-4455-4677-8899-aabbccddeeff");
  ASSERT_EQ(address.headers.size(), 1U);
  EXPECT_EQ(address.headers[0].first, "x-databricks-cluster-id");
  EXPECT_EQ(address.headers[0].second.reveal(), "0123-abc");
}

TEST(SparkAddress, ATokenImpliesTls) {
  EXPECT_EQ(parsed("sc://w.example/;token=t").wire, SparkAddress::Wire::tls);
  EXPECT_THAT(refusal("sc://w.example/;token=t;use_ssl=false"), HasSubstr("without TLS"));
}

TEST(SparkAddress, ATokenForThisMachineTravelsPlainUnlessTlsIsAskedFor) {
  for (const char* host : {"localhost", "127.0.0.1", "[::1]"}) {
    const auto base = std::string("sc://") + host + ":1/;token=t";
    EXPECT_EQ(parsed(base).wire, SparkAddress::Wire::plain);
    EXPECT_EQ(parsed(base + ";use_ssl=true").wire, SparkAddress::Wire::tls);
  }
  EXPECT_EQ(parsed("sc://127.evil.example/;token=t").wire, SparkAddress::Wire::tls);
}

TEST(SparkAddress, AnIpv6AddressKeepsItsBrackets) {
  EXPECT_EQ(parsed("sc://[::1]:99/").endpoint(), "[::1]:99");
  EXPECT_EQ(parsed("sc://[fe80::2]").endpoint(), "[fe80::2]:15002");
}

TEST(SparkAddress, WhatIsWrongIsNamed) {
  EXPECT_THAT(refusal("http://h"), HasSubstr("does not begin with sc://"));
  EXPECT_THAT(refusal("sc://"), HasSubstr("names no host"));
  EXPECT_THAT(refusal("sc://:15002"), HasSubstr("names no host"));
  EXPECT_THAT(refusal("sc://h:0"), HasSubstr("port: 0"));
  EXPECT_THAT(refusal("sc://h:15x"), HasSubstr("port: 15x"));
  EXPECT_THAT(refusal("sc://h:65536"), HasSubstr("port: 65536"));
  EXPECT_THAT(refusal("sc://::1/"), HasSubstr("unreadable host"));
  EXPECT_THAT(refusal("sc://h/path"), HasSubstr("has a path"));
  EXPECT_THAT(refusal("sc://h/;use_ssl=yes"), HasSubstr("use_ssl"));
  EXPECT_THAT(refusal("sc://h/;session_id=42"), HasSubstr("session_id"));
  EXPECT_THAT(refusal("sc://h/;a b=c"), HasSubstr("cannot be a header: a b"));
  EXPECT_THAT(refusal("sc://h/;x=%4"), HasSubstr("broken %"));
}

TEST(SparkAddress, AnErrorShowsNoValue) {
  for (const char* text : {"sc://h/;s3cret", "sc://h/;token=", "sc://h/;token=s3cret%",
                           "sc://h/;x=s3cret%0a", "sc://h/;token=s3cret;use_ssl=false",
                           "sc://h/;use_ssl=s3cret", "sc://h/s3cret", "sc://h/;session_id=s3cret"})
    EXPECT_THAT(refusal(text), Not(HasSubstr("s3cret")));
}

TEST(SparkAddress, SparkRemoteSaysWhereWhenTheConfigurationDoesNot) {
  ::setenv("SPARK_REMOTE", "sc://elsewhere:1", 1);
  EXPECT_EQ(find_spark_address("")->shown(), "sc://elsewhere:1");
  EXPECT_EQ(find_spark_address("sc://here:2")->shown(), "sc://here:2");
  ::unsetenv("SPARK_REMOTE");
  EXPECT_EQ(find_spark_address("").error().kind, ErrorKind::config);
}

TEST(SparkAddress, OfAWorkspaceNamesTheClusterOrAsksForServerless) {
  const auto cluster = *databricks_spark_address("https://w.example", "0123-4567-abc");
  EXPECT_EQ(cluster.shown(), "sc://w.example:443");
  EXPECT_EQ(cluster.wire, SparkAddress::Wire::tls);
  EXPECT_EQ(cluster.headers.at(0).first, "x-databricks-cluster-id");
  EXPECT_EQ(cluster.headers.at(0).second.reveal(), "0123-4567-abc");
  const auto serverless = *databricks_spark_address("https://w.example", "");
  EXPECT_EQ(serverless.compute, SparkAddress::Compute::databricks_serverless);
  EXPECT_TRUE(serverless.headers.empty());
  EXPECT_FALSE(databricks_spark_address("https://w.example", "a\nb"));
  EXPECT_FALSE(databricks_spark_address("https://", ""));
}

}  // namespace
}  // namespace quarentena
