#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "base/error.h"
#include "config/serve.h"

/// Inner header: Boost.Asio's types. Only connection.cpp, lane and service see it.
namespace quarentena::serve {

using TlsContext = boost::asio::ssl::context;

/// What new connections are met with.
struct Tls {
  std::shared_ptr<TlsContext> context;  ///< null: plain HTTP
};

/// TLS 1.2 or newer with the certificate of the plan, and clients' certificates when it names their
/// authorities. Errors: config (a file is not there, is not PEM,
/// the key is not the certificate's).
Result<Tls> load_tls(const Serve& serve);

}  // namespace quarentena::serve
