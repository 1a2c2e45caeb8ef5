#include "config/keys.h"
#include "config/shapes.h"

namespace quarentena::keys {
namespace {

Key ca_file() {
  return {.name = "ca_file",
          .doc = "PEM: a private authority that signs the server's certificate.",
          .examples = {"./authority.pem"},
          .by_default = "the system's authorities",
          .shapes = {text()},
          .also_called = {"ca", "cacert"}};
}

Key secret(std::string name, std::string doc, std::string example, bool required,
           std::vector<std::string> also_called) {
  return {.name = std::move(name),
          .doc = std::move(doc),
          .examples = {std::move(example)},
          .shapes = {text(kReferencePattern)},
          .required = required,
          .secret = true,
          .also_called = std::move(also_called)};
}

}  // namespace

const std::vector<Key>& alerts() {
  static const std::vector<Key> keys{
      {.name = "channels",
       .doc = "Who is told. Each entry is a name of your choice and a `webhook` or an `email`.",
       .examples = {"{ plantao: { webhook: { url: \"${env:SLACK_URL}\", shape: slack } } }"},
       .shapes = {named_maps(alert_channel(), kSourceNamePattern, "channel")},
       .required = true,
       .also_called = {"channel", "canais", "notify"}},
      {.name = "per_hour",
       .doc = "The most messages that a channel gets in an hour; what is more waits and goes as "
              "one.",
       .examples = {"4"},
       .by_default = "12",
       .shapes = {integer(1, 1'000)},
       .also_called = {"rate", "limit", "por_hora"}},
  };
  return keys;
}

const std::vector<Key>& alert_channel() {
  static const std::vector<Key> keys{
      {.name = "webhook",
       .doc = "An address that takes JSON by POST.",
       .examples = {"{ url: \"${env:SLACK_URL}\", shape: slack }"},
       .shapes = {map(webhook())},
       .also_called = {"url", "slack", "teams", "http"}},
      {.name = "email",
       .doc = "A mail server, and who is written to.",
       .examples =
           {"{ server: \"smtp://smtp.exemplo.com.br:587\", from: quarentena@exemplo.com.br, "
            "to: [dados@exemplo.com.br] }"},
       .shapes = {map(email())},
       .also_called = {"mail", "smtp", "e-mail"}},
      {.name = "on",
       .doc = "Of what the channel is told: `held`, `failed`, `degraded`, `late`, `stale`, "
              "`recovered`. What each means is in docs/guides/alerts.md.",
       .examples = {"[held, failed]"},
       .by_default = "all of them",
       .shapes = {texts()},
       .also_called = {"events", "when", "eventos"}},
  };
  return keys;
}

const std::vector<Key>& webhook() {
  static const std::vector<Key> keys{
      secret("url", "The address. It is a credential of its own with Slack and Teams.",
             "\"${env:SLACK_URL}\"", true, {"address", "location", "endereco"}),
      {.name = "shape",
       .doc = "What is posted: JSON of our own (`generic`), a message for Slack's incoming "
              "webhooks, or an adaptive card for a workflow of Teams.",
       .examples = {"slack"},
       .by_default = "generic",
       .shapes = {word({"generic", "slack", "teams"})},
       .also_called = {"format", "type", "formato"}},
      secret("token", "Sent as `Authorization: Bearer`.", "\"${env:ALERT_TOKEN}\"", false,
             {"bearer", "auth"}),
      ca_file(),
  };
  return keys;
}

const std::vector<Key>& email() {
  static const std::vector<Key> keys{
      {.name = "server",
       .doc = "`smtp://host:587` is encrypted by STARTTLS, `smtps://host:465` from the first byte.",
       .examples = {"smtp://smtp.exemplo.com.br:587"},
       .shapes = {text("^smtps?://.+$")},
       .required = true,
       .also_called = {"host", "smtp", "url", "servidor"}},
      {.name = "from",
       .doc = "The address that writes.",
       .examples = {"quarentena@exemplo.com.br"},
       .shapes = {text()},
       .required = true,
       .also_called = {"sender", "de"}},
      {.name = "to",
       .doc = "The addresses that are written to.",
       .examples = {"dados@exemplo.com.br", "[dados@exemplo.com.br, plantao@exemplo.com.br]"},
       .shapes = {text(), texts()},
       .required = true,
       .also_called = {"recipients", "para"}},
      {.name = "user",
       .doc = "Who signs in.",
       .examples = {"quarentena"},
       .by_default = "nobody signs in",
       .shapes = {text()},
       .also_called = {"username", "login", "usuario"}},
      secret("password", "Their password; a wrong one is tried once.", "\"${env:SMTP_PASSWORD}\"",
             false, {"pass", "senha"}),
      {.name = "starttls",
       .doc = "`off` lets a `smtp://` server without STARTTLS have the message in the clear; no "
              "password goes that way.",
       .examples = {"off"},
       .by_default = "required",
       .shapes = {word({"required", "off"})},
       .also_called = {"tls", "ssl"}},
      ca_file(),
  };
  return keys;
}

const std::vector<Key>& telemetry() {
  static const std::vector<Key> keys{
      {.name = "otlp",
       .doc = "An OpenTelemetry collector: each run is sent there as one trace (OTLP over HTTP, "
              "JSON; `/v1/traces` is added).",
       .examples = {"https://collector.exemplo.com.br:4318"},
       .shapes = {text("^https?://.+$")},
       .also_called = {"endpoint", "traces", "otel", "opentelemetry"}},
      secret("headers",
             "What the collector asks for, as OTEL_EXPORTER_OTLP_HEADERS has it: "
             "`name=value,name=value`.",
             "\"${env:OTEL_EXPORTER_OTLP_HEADERS}\"", false, {"header", "auth"}),
      ca_file(),
      {.name = "metrics_file",
       .doc = "A file that each run replaces with its numbers, in the format of Prometheus' "
              "textfile collector.",
       .examples = {"/var/lib/node_exporter/quarentena.prom"},
       .shapes = {text()},
       .also_called = {"metrics", "prometheus", "textfile"}},
  };
  return keys;
}

}  // namespace quarentena::keys
