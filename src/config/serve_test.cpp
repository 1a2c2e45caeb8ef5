#include "config/serve.h"

#include <gmock/gmock.h>

#include "base/source_folder_for_tests.h"

namespace quarentena {
namespace {

const std::filesystem::path kTestData = source_folder() / "src/config/testdata";

TEST(Serve, EveryKeyReachesThePlan) {
  const auto loaded = load_serve(kTestData / "good/serve.yml");
  ASSERT_TRUE(loaded) << loaded.error().what;
  const Serve& serve = *loaded;
  EXPECT_EQ(serve.listen, "0.0.0.0:8443");
  EXPECT_EQ(serve.metrics, "");
  EXPECT_EQ(serve.plain_http, Serve::PlainHttp::loopback);
  EXPECT_EQ(serve.certificate, kTestData / "good/server.pem");
  EXPECT_EQ(serve.key, "/etc/quarentena/server.key");
  EXPECT_EQ(serve.client_ca, kTestData / "good/clients.pem");
  EXPECT_EQ(serve.tokens, kTestData / "good/secret/tokens.json");
  EXPECT_EQ(serve.access_log, kTestData / "good/access.log");
  EXPECT_EQ(serve.refresh_ms, 60'000);
  EXPECT_EQ(serve.threads, 4);
  EXPECT_EQ(serve.limits.keys, 500);
  EXPECT_EQ(serve.limits.body_mib, 1);
  EXPECT_EQ(serve.limits.connections, 100);
  EXPECT_EQ(serve.limits.connections_per_address, 10);
  EXPECT_EQ(serve.limits.header_time_ms, 1'000);
  EXPECT_EQ(serve.limits.body_time_ms, 2'000);
  EXPECT_EQ(serve.limits.idle_time_ms, 3'000);
  EXPECT_EQ(serve.limits.answer_time_ms, 4'000);
  EXPECT_EQ(serve.limits.drain_time_ms, 500);
}

TEST(Serve, AFileThatSaysNothingListensOnThisMachineOnly) {
  const auto serve = load_serve(kTestData / "good/least.yml");
  ASSERT_TRUE(serve) << serve.error().what;
  EXPECT_EQ(serve->listen, "127.0.0.1:8480");
  EXPECT_EQ(serve->metrics, "127.0.0.1:9480");
  EXPECT_EQ(serve->plain_http, Serve::PlainHttp::loopback);
  EXPECT_TRUE(serve->certificate.empty());
  EXPECT_EQ(serve->tokens, kTestData / "good/tokens.json");
}

}  // namespace
}  // namespace quarentena
