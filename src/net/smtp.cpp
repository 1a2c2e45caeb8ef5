#include "net/smtp.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>

#include "net/curl_setup.h"
#include "net/ssh_key.h"

namespace quarentena {
namespace {

template <class T, void (*release)(T*)>
struct Release {
  void operator()(T* thing) const { release(thing); }
};
using Handle = std::unique_ptr<CURL, Release<CURL, curl_easy_cleanup>>;
using Mime = std::unique_ptr<curl_mime, Release<curl_mime, curl_mime_free>>;

class Lines {
 public:
  Lines() = default;
  ~Lines() { curl_slist_free_all(list_); }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  void add(const std::string& line) { list_ = curl_slist_append(list_, line.c_str()); }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

bool has_line_break(const std::string& text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos;
}

std::string with_mail_line_ends(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return out;
}

std::string domain_of(const std::string& address) {
  const auto at = address.rfind('@');
  return at == std::string::npos ? std::string("localhost") : address.substr(at + 1);
}

std::string mail_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000",
                     kDays.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday,
                     kMonths.at(static_cast<std::size_t>(utc.tm_mon)), utc.tm_year + 1900,
                     utc.tm_hour, utc.tm_min, utc.tm_sec);
}

void add_headers(Lines& headers, const Mail& mail) {
  std::string to;
  for (const auto& each : mail.to) to += (to.empty() ? "<" : ",\r\n <") + each + ">";
  headers.add("Date: " + mail_date());
  headers.add(fmt::format("From: Quarentena <{}>", mail.from));
  headers.add("To: " + to);
  headers.add("Subject: " + encoded_header(mail.subject));
  headers.add(fmt::format("Message-ID: <{}@{}>", mail.id, domain_of(mail.from)));
  headers.add("Auto-Submitted: auto-generated");  // no vacation notes in return (RFC 3834)
}

int on_progress(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto* flag = static_cast<const std::atomic<bool>*>(stop);
  return flag != nullptr && *flag ? 1 : 0;
}

/// The reply that ended the session says more than libcurl's code: 4yz may work later, 5yz not.
Error mail_error(const MailServer& server, CURLcode code, long reply) {
  const auto where = server.address;
  if (code == CURLE_ABORTED_BY_CALLBACK)
    return {ErrorKind::machine, fmt::format("{}: interrupted", where), {}};
  if (code == CURLE_LOGIN_DENIED || reply == 530 || reply == 534 || reply == 535)
    return {ErrorKind::auth, fmt::format("{}: the server refuses the sign-in ({})", where, reply),
            "correct `user` and `password` of the channel"};
  if (code == CURLE_USE_SSL_FAILED)
    return {ErrorKind::config, fmt::format("{}: the server offers no STARTTLS", where),
            "is the port right (587)? `starttls: off` sends in the clear, without a password"};
  if (kind_of_curl(code) == ErrorKind::config)
    return {
        ErrorKind::config,
        fmt::format("{}: the server's certificate is refused: {}", where, curl_easy_strerror(code)),
        "for a private authority name its PEM file in `ca_file`; verification cannot be "
        "switched off"};
  if (reply >= 500)
    return {ErrorKind::config, fmt::format("{}: the server refuses the mail ({})", where, reply),
            "may `from` write to every address in `to` there?"};
  if (reply >= 400)
    return {
        ErrorKind::transient, fmt::format("{}: not now, says the server ({})", where, reply), {}};
  return {kind_of_curl(code), fmt::format("{}: {}", where, curl_easy_strerror(code)),
          "are host and port right, does the server run, and may this machine reach it?"};
}

Status send_once(const MailServer& server, const Mail& mail, const std::atomic<bool>* stop) {
  start_curl();
  const Handle curl(curl_easy_init());
  const Mime mime(curl ? curl_mime_init(curl.get()) : nullptr);
  if (!mime) return fail(ErrorKind::machine, "libcurl could not be started (out of memory?)");
  Lines headers, recipients;
  add_headers(headers, mail);
  for (const auto& each : mail.to) recipients.add("<" + each + ">");
  curl_mimepart* part = curl_mime_addpart(mime.get());
  const auto text = with_mail_line_ends(mail.text);
  curl_mime_data(part, text.data(), text.size());
  curl_mime_type(part, "text/plain; charset=utf-8");
  curl_mime_encoder(part, "quoted-printable");

  const auto set = [&](CURLoption option, auto value) {
    curl_easy_setopt(curl.get(), option, value);
  };
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_URL, server.address.c_str());
  set(CURLOPT_USE_SSL,
      static_cast<long>(server.starttls == MailServer::Starttls::required ? CURLUSESSL_ALL
                                                                          : CURLUSESSL_NONE));
  set_tls(curl.get(), server.tls);
  if (!server.user.empty()) {
    set(CURLOPT_USERNAME, server.user.c_str());
    set(CURLOPT_PASSWORD, server.password.reveal().c_str());
  }
  const auto sender = "<" + mail.from + ">";
  set(CURLOPT_MAIL_FROM, sender.c_str());
  set(CURLOPT_MAIL_RCPT, recipients.get());
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_MIMEPOST, mime.get());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(server.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(server.total_timeout.count()));
  set(CURLOPT_XFERINFOFUNCTION, on_progress);
  set(CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(stop));
  set(CURLOPT_NOPROGRESS, 0L);
  const WithoutSigpipe guard;
  const auto code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) return {};
  long reply = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &reply);
  return tl::unexpected<Error>(mail_error(server, code, reply));
}

}  // namespace

std::string encoded_header(const std::string& text) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (plain) return text;
  constexpr std::size_t kMost = 42;  // bytes, so that a word stays below 75 characters
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(at + kMost, text.size());
    while (end < text.size() && end > at + 1 &&
           (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
      --end;  // a character stays whole
    out += fmt::format("{}=?UTF-8?B?{}?=", out.empty() ? "" : "\r\n ",
                       base64_encoded(text.substr(at, end - at)));
    at = end;
  }
  return out;
}

Status send_mail(const MailServer& server, const Mail& mail, const RetryPolicy& retry,
                 const std::atomic<bool>* stop) {
  if (has_line_break(mail.subject + mail.from + mail.id) || mail.to.empty())
    return fail(ErrorKind::bug, "a mail without recipients, or with a line break in its head");
  return with_retries(retry, stop, [&] { return send_once(server, mail, stop); });
}

}  // namespace quarentena
