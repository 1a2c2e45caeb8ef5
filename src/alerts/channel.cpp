#include "alerts/channel.h"

#include <fmt/format.h>

#include "alerts/payload.h"
#include "net/http.h"
#include "net/secrets.h"
#include "net/smtp.h"

namespace quarentena::alerts {
namespace {

using std::chrono::milliseconds;

/// Whoever waits for the run waits for this: the outbox is patient, not we.
constexpr RetryPolicy kBriefly{2, milliseconds(500), milliseconds(2'000), milliseconds(5'000)};
constexpr HttpTimeouts kTimeouts{milliseconds(5'000), milliseconds(10'000), milliseconds(15'000)};

std::string origin_of(const std::string& url) {
  const auto scheme = url.find("://");
  const auto host = scheme == std::string::npos ? 0 : scheme + 3;
  return url.substr(0, url.find_first_of("/?#", host));
}

/// `what` shows the address with its path.
Error without_path(Error error, const std::string& url) {
  const auto shown = shown_url(url);
  for (auto at = error.what.find(shown); at != std::string::npos; at = error.what.find(shown, at))
    error.what.replace(at, shown.size(), origin_of(url));
  return error;
}

Status post(const Alerts::Webhook& webhook, const Message& message, const std::string& table,
            const std::atomic<bool>* stop) {
  TRY_ASSIGN(const Secret url, resolve_secret(webhook.url, stop));
  HttpRequest request;
  request.method = "POST";
  request.url = url.reveal();
  request.headers = {{"Content-Type", "application/json"}, {"Idempotency-Key", message.id}};
  if (!webhook.token.empty()) {
    TRY_ASSIGN(const Secret token, resolve_secret(webhook.token, stop));
    request.secret_headers.push_back(bearer(token));
  }
  request.body = webhook_body(webhook.shape, message, table);
  request.tls.ca_file = webhook.ca_file;
  request.timeouts = kTimeouts;
  request.stop = stop;
  auto answer = expect_ok(request, quarentena::send(request, kBriefly));
  if (!answer) return tl::unexpected<Error>(without_path(std::move(answer.error()), request.url));
  return {};
}

Status mail(const Alerts::Email& email, const Message& message, const std::string& table,
            const std::atomic<bool>* stop) {
  MailServer server;
  server.address = email.server;
  server.starttls = email.starttls == Alerts::Email::Starttls::off ? MailServer::Starttls::off
                                                                   : MailServer::Starttls::required;
  server.tls.ca_file = email.ca_file;
  server.connect_timeout = milliseconds(5'000);
  if (!email.user.empty()) {
    TRY_ASSIGN(const Secret user, resolve_secret(email.user, stop));
    server.user = user.reveal();
    TRY_ASSIGN(server.password, resolve_secret(email.password, stop));
  }
  return send_mail(server,
                   {message.id, email.from, email.to, subject_of(message), text_of(message, table)},
                   kBriefly, stop);
}

}  // namespace

Status send_by(const Alerts::Channel& channel, const Message& message, const std::string& table,
               const std::atomic<bool>* stop) {
  if (const auto* webhook = std::get_if<Alerts::Webhook>(&channel.way))
    return post(*webhook, message, table, stop);
  return mail(std::get<Alerts::Email>(channel.way), message, table, stop);
}

}  // namespace quarentena::alerts
