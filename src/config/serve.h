#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"

namespace quarentena {

/// What `quarentena serve` listens on, and what a client may cost it (src/serve).
struct Serve {
  /// Where it may listen without TLS.
  enum class PlainHttp { loopback, anywhere };
  /// What a client may ask for and how long it may take.
  struct Limits {
    int keys = 100'000;  ///< in one question
    int body_mib = 16;   ///< of one request
    int connections = 20'000;
    int connections_per_address = 4'000;
    int header_time_ms = 10'000;  ///< from the first byte to the end of the headers; the handshake
    int body_time_ms = 30'000;    ///< from there to the end of the body
    int idle_time_ms = 60'000;    ///< between requests
    int answer_time_ms = 60'000;  ///< for the client to take the answer
    int drain_time_ms = 20'000;   ///< for what runs when the service is told to stop
  };
  std::string listen = "127.0.0.1:8480";   ///< address:port; port 0 is a free one
  std::string metrics = "127.0.0.1:9480";  ///< the same; empty: none
  PlainHttp plain_http = PlainHttp::loopback;
  enum class Page { on, off };
  Page page = Page::on;
  std::filesystem::path certificate, key;  ///< PEM, absolute; both or none
  std::filesystem::path client_ca;         ///< PEM, absolute; empty: clients show no certificate
  std::filesystem::path tokens;            ///< absolute
  std::string access_log = "stderr";       ///< or "off", or an absolute path
  int refresh_ms = 10'000;                 ///< how often a new version of the table is looked for
  int threads = 0;                         ///< 0: as many as the machine has
  Limits limits;
};

/// `serve` of a configuration file, with its defaults; paths are absolute. What is wrong with the
/// file is load_plan()'s to tell: this asks for one that it accepts. Errors: config.
Result<Serve> load_serve(const std::filesystem::path& file);

}  // namespace quarentena
