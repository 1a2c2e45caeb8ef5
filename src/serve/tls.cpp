#include "serve/tls.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

namespace quarentena::serve {
namespace ssl = boost::asio::ssl;
namespace {

tl::unexpected<Error> cannot_use(const char* what, const std::filesystem::path& file,
                                 const boost::system::error_code& error) {
  return fail(
      ErrorKind::config,
      fmt::format("serve: the {} {} cannot be used: {}", what, file.string(), error.message()),
      "it must be PEM that this user may read, and the key that of the certificate, "
      "without a passphrase");
}

}  // namespace

Result<Tls> load_tls(const Serve& serve) {
  if (serve.certificate.empty()) return Tls{};
  auto context = std::make_shared<TlsContext>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Thousands of idle connections keep no buffers.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  boost::system::error_code error;
  context->use_certificate_chain_file(serve.certificate.string(), error);
  if (error) return cannot_use("certificate", serve.certificate, error);
  context->use_private_key_file(serve.key.string(), ssl::context::pem, error);
  if (error || SSL_CTX_check_private_key(native) != 1) return cannot_use("key", serve.key, error);
  if (serve.client_ca.empty()) return Tls{std::move(context)};
  context->load_verify_file(serve.client_ca.string(), error);
  if (error) return cannot_use("client_ca", serve.client_ca, error);
  context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  // Sessions that are resumed must be of this server's clients.
  constexpr unsigned char kSessions[] = "quarentena";
  SSL_CTX_set_session_id_context(native, kSessions, sizeof kSessions - 1);
  return Tls{std::move(context)};
}

}  // namespace quarentena::serve
