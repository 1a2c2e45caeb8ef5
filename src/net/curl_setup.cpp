#include "net/curl_setup.h"

#include <curl/curl.h>

#include <cstdlib>
#include <ctime>
#include <mutex>

namespace quarentena {
namespace {

/// What browsers ask for first, and RFC 8446 (9.1) wants of everybody. OpenSSL by itself begins with
/// AES-256, which takes half as long again for a large delivery.
constexpr auto kTls13Ciphers =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

}  // namespace

WithoutSigpipe::WithoutSigpipe() {
  sigemptyset(&pipe_);
  sigaddset(&pipe_, SIGPIPE);
  sigset_t pending;
  sigpending(&pending);
  was_pending_ = sigismember(&pending, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
}

WithoutSigpipe::~WithoutSigpipe() {
  const timespec now{};
  while (!was_pending_ && sigtimedwait(&pipe_, nullptr, &now) == SIGPIPE) {
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::string ca_file(const TlsOptions& tls) {
  if (!tls.ca_file.empty()) return tls.ca_file.string();
  for (const char* name : {"QUARENTENA_CA_FILE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"})
    if (const char* value = std::getenv(name); value && *value) return value;
  return {};
}

void set_tls(void* curl, const TlsOptions& tls) {
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(curl, CURLOPT_TLS13_CIPHERS, kTls13Ciphers);
  if (const auto file = ca_file(tls); !file.empty())
    curl_easy_setopt(curl, CURLOPT_CAINFO, file.c_str());
  if (tls.client_certificate.empty()) return;
  curl_easy_setopt(curl, CURLOPT_SSLCERT, tls.client_certificate.c_str());
  const auto& key = tls.client_key.empty() ? tls.client_certificate : tls.client_key;
  curl_easy_setopt(curl, CURLOPT_SSLKEY, key.c_str());
  // Set even when empty: without it OpenSSL would ask on the terminal.
  curl_easy_setopt(curl, CURLOPT_KEYPASSWD, tls.client_key_password.reveal().c_str());
}

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace quarentena
