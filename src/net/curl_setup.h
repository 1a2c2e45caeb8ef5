#pragma once

#include <signal.h>

#include <memory>
#include <string>

#include "net/http.h"

/// What every use of libcurl here begins with. Internal to src/net.
namespace quarentena {

/// A server that closes its end while OpenSSL writes raises SIGPIPE, which would end the program.
/// Blocked in this thread and taken back, because handlers belong to the whole process.
class WithoutSigpipe {
 public:
  WithoutSigpipe();
  ~WithoutSigpipe();
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  sigset_t pipe_{}, before_{};
  bool was_pending_ = false;
};

/// The authorities to trust instead of the system's. libcurl alone reads none of these.
std::string ca_file(const TlsOptions& tls);

/// Certificates are verified; `curl` is a CURL.
void set_tls(void* curl, const TlsOptions& tls);

/// curl_global_init(), once in the process.
void start_curl();

}  // namespace quarentena
