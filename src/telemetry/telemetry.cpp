#include "telemetry/telemetry.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/slashes.h"
#include "base/whole_file.h"
#include "config/telemetry.h"
#include "net/http.h"
#include "net/secrets.h"
#include "run/run_metrics.h"

namespace quarentena {
namespace {

using std::chrono::milliseconds;

/// Whoever waits for the run waits for this.
constexpr RetryPolicy kBriefly{2, milliseconds(500), milliseconds(2'000), milliseconds(5'000)};
constexpr HttpTimeouts kTimeouts{milliseconds(5'000), milliseconds(10'000), milliseconds(15'000)};

/// `name=value,name=value`, values percent-encoded or not: as OTEL_EXPORTER_OTLP_HEADERS.
Status add_headers(const Secret& text, HttpRequest& request) {
  std::string_view rest = text.reveal();
  while (!rest.empty()) {
    const auto one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    const auto equals = one.find('=');
    if (equals == std::string_view::npos || equals == 0)
      return fail(ErrorKind::config, "`telemetry.headers` is not name=value,name=value");
    request.secret_headers.emplace_back(std::string(one.substr(0, equals)),
                                        Secret(one.substr(equals + 1)));
  }
  return {};
}

Status send_trace(const Telemetry& telemetry, const RunReport& report,
                  const std::atomic<bool>* stop) {
  HttpRequest request;
  request.method = "POST";
  request.url = without_slash(telemetry.otlp);
  if (!request.url.ends_with("/v1/traces")) request.url += "/v1/traces";
  request.headers = {{"Content-Type", "application/json"}};
  if (!telemetry.headers.empty()) {
    TRY_ASSIGN(const Secret headers, resolve_secret(telemetry.headers, stop));
    TRY_STATUS(add_headers(headers, request));
  }
  request.body = trace_json(report);
  request.tls.ca_file = telemetry.ca_file;
  request.timeouts = kTimeouts;
  request.stop = stop;
  return expect_ok(request, send(request, kBriefly)).map([](const auto&) {});
}

}  // namespace

std::vector<std::string> tell_monitoring(const Plan& plan, const RunReport& report,
                                         const std::atomic<bool>* stop) {
  const auto loaded = load_telemetry(plan.file);
  if (!loaded) return {loaded.error().what};
  const auto& telemetry = *loaded;
  std::vector<std::string> problems;
  if (!telemetry.otlp.empty())
    if (const auto sent = send_trace(telemetry, report, stop); !sent)
      problems.push_back(sent.error().what);
  if (!telemetry.metrics_file.empty())
    if (const auto written =
            write_whole(telemetry.metrics_file, run_metrics(plan.staging), Access::everybody);
        !written)
      problems.push_back(written.error().what);
  return problems;
}

}  // namespace quarentena
