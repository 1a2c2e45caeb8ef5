#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "net/http.h"
#include "net/retry.h"

/// Mail over libcurl.
namespace quarentena {

struct MailServer {
  enum class Starttls {
    required,  ///< a server that does not offer it is refused before anything is said
    off,       ///< in the clear
  };
  std::string address;  ///< `smtp://host:587`, or `smtps://host:465`
  Starttls starttls = Starttls::required;
  std::string user;  ///< empty: nobody signs in
  Secret password;
  TlsOptions tls;  ///< the certificate is always verified
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds total_timeout{30'000};  ///< of one attempt
};

struct Mail {
  std::string id;  ///< the left side of its Message-ID: the same mail sent again has the same
  std::string from;
  std::vector<std::string> to;
  std::string subject;  ///< UTF-8, one line
  std::string text;     ///< UTF-8
};

/// Gives the mail to the server, which answers for it from then on. Transient failures are tried
/// again; what the server refuses is not. When its answer to the whole mail is lost it may have the
/// mail, and another attempt brings it twice, under one Message-ID. Errors: auth (sign-in refused),
/// config (certificate, no STARTTLS, an address refused), transient, machine (`stop` is set).
/// `what` begins with the server's address and holds neither user nor secret.
Status send_mail(const MailServer& server, const Mail& mail, const RetryPolicy& retry = {},
                 const std::atomic<bool>* stop = nullptr);

/// `=?UTF-8?B?...?=` where the text is not plain ASCII (RFC 2047).
std::string encoded_header(const std::string& text);

}  // namespace quarentena
