#include "config/alerts.h"

#include <gmock/gmock.h>

#include "base/source_folder_for_tests.h"
#include "config/telemetry.h"

namespace quarentena {
namespace {

const std::filesystem::path kTestData = source_folder() / "src/config/testdata";

TEST(Alerts, EveryKeyIsRead) {
  const auto loaded = load_alerts(kTestData / "good/alerts.yml");
  ASSERT_TRUE(loaded) << loaded.error().what;
  EXPECT_EQ(loaded->per_hour, 4);
  ASSERT_EQ(loaded->channels.size(), 4u);
  const auto& slack = loaded->channels[0];
  EXPECT_EQ(slack.name, "plantao");
  EXPECT_EQ(slack.on, (std::set{Alerts::Event::held, Alerts::Event::failed}));
  EXPECT_EQ(std::get<Alerts::Webhook>(slack.way).url, "${env:SLACK_URL}");
  EXPECT_EQ(std::get<Alerts::Webhook>(slack.way).shape, Alerts::Webhook::Shape::slack);
  const auto& generic = std::get<Alerts::Webhook>(loaded->channels[1].way);
  EXPECT_EQ(generic.shape, Alerts::Webhook::Shape::generic);
  EXPECT_EQ(generic.token, "${env:ALERT_TOKEN}");
  EXPECT_EQ(generic.ca_file, kTestData / "good/authority.pem");
  EXPECT_EQ(loaded->channels[1].on.size(), std::size_t{Alerts::kEvents});
  const auto& email = std::get<Alerts::Email>(loaded->channels[2].way);
  EXPECT_EQ(email.server, "smtp://smtp.exemplo.com.br:587");
  EXPECT_EQ(email.from, "quarentena@exemplo.com.br");
  EXPECT_THAT(email.to, testing::ElementsAre("dados@exemplo.com.br", "plantao@exemplo.com.br"));
  EXPECT_EQ(email.user, "quarentena");
  EXPECT_EQ(email.starttls, Alerts::Email::Starttls::required);
  EXPECT_EQ(std::get<Alerts::Email>(loaded->channels[3].way).starttls,
            Alerts::Email::Starttls::off);
}

TEST(Alerts, AFileThatSaysNothingTellsNobody) {
  EXPECT_TRUE(load_alerts(kTestData / "good/least.yml")->channels.empty());
  EXPECT_EQ(load_telemetry(kTestData / "good/least.yml")->otlp, "");
}

TEST(Telemetry, EveryKeyIsRead) {
  const auto telemetry = load_telemetry(kTestData / "good/alerts.yml");
  ASSERT_TRUE(telemetry) << telemetry.error().what;
  EXPECT_EQ(telemetry->otlp, "https://collector:4318");
  EXPECT_EQ(telemetry->headers, "${env:OTEL_HEADERS}");
  EXPECT_EQ(telemetry->metrics_file, kTestData / "good/quarentena.prom");
}

}  // namespace
}  // namespace quarentena
