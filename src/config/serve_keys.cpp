#include "config/keys.h"
#include "config/shapes.h"

namespace quarentena::keys {
namespace {

constexpr const char* kAddress = "^(off|\\S+:[0-9]{1,5})$";
constexpr const char* kTime = "^[1-9][0-9]{0,5}(ms|s|m)$";

Key time(std::string name, std::string doc, std::string by_default) {
  return {.name = std::move(name),
          .doc = std::move(doc),
          .examples = {by_default},
          .by_default = by_default,
          .shapes = {text(kTime)}};
}

Key count(std::string name, std::string doc, std::string by_default, Shape shape) {
  return {.name = std::move(name),
          .doc = std::move(doc),
          .examples = {by_default},
          .by_default = by_default,
          .shapes = {std::move(shape)}};
}

}  // namespace

const std::vector<Key>& serve() {
  static const std::vector<Key> keys{
      {.name = "listen",
       .doc = "The address and port of the API; port 0 is any free one, and the log says which.",
       .examples = {"\"0.0.0.0:8443\"", "\"[::1]:8480\""},
       .by_default = "127.0.0.1:8480",
       .shapes = {text("^\\S+:[0-9]{1,5}$")},
       .also_called = {"address", "bind", "endereco", "port"}},
      {.name = "metrics",
       .doc = "The address and port of Prometheus' `/metrics`. On a loopback address it asks for "
              "no token, elsewhere for one with the scope `metrics`. `off`: none.",
       .examples = {"\"0.0.0.0:9480\"", "off"},
       .by_default = "127.0.0.1:9480",
       .shapes = {text(kAddress)},
       .also_called = {"prometheus", "metricas"}},
      {.name = "plain_http",
       .doc = "Where it may listen without `tls`: on a `loopback` address only, or `anywhere`, "
              "when something in front of it (a proxy, a service mesh) encrypts.",
       .examples = {"anywhere"},
       .by_default = "loopback",
       .shapes = {word({"loopback", "anywhere"})},
       .also_called = {"insecure", "no_tls"}},
      {.name = "page",
       .doc = "Whether the page for people is there, at `/`. `off`: the API alone.",
       .examples = {"off"},
       .by_default = "on",
       .shapes = {word({"on", "off"})},
       .also_called = {"dashboard", "pagina", "ui"}},
      {.name = "tls",
       .doc = "The certificate it shows, and whose certificates clients must show.",
       .examples = {"{ certificate: ./server.pem, key: ./server.key, client_ca: ./clients.pem }"},
       .by_default = "plain HTTP",
       .shapes = {map(serve_tls())},
       .also_called = {"ssl", "https"}},
      {.name = "tokens",
       .doc =
           "The file of the tokens that `quarentena tokens` writes: it holds their digests only, "
           "and must not be readable by others.",
       .examples = {"/etc/quarentena/tokens.json"},
       .by_default = "./tokens.json",
       .shapes = {text()},
       .also_called = {"tokens_file", "token"}},
      {.name = "access_log",
       .doc =
           "One line of JSON for each request, without personal data: to `stderr`, to a file, or "
           "`off`.",
       .examples = {"./access.log", "off"},
       .by_default = "stderr",
       .shapes = {text()},
       .also_called = {"log", "registro"}},
      {.name = "refresh",
       .doc = "How often it looks whether the table has a new version.",
       .examples = {"1m"},
       .by_default = "10s",
       .shapes = {text(kTime)},
       .also_called = {"poll", "reload", "interval"}},
      {.name = "threads",
       .doc = "How many threads answer.",
       .examples = {"4"},
       .by_default = "as many as the machine has",
       .shapes = {integer(1, 256)},
       .also_called = {"workers", "processes"}},
      {.name = "limits",
       .doc = "What a client may cost.",
       .examples = {"{ keys: 10000, connections: 5000 }"},
       .shapes = {map(serve_limits())},
       .also_called = {"limites", "bounds"}},
  };
  return keys;
}

const std::vector<Key>& serve_tls() {
  static const std::vector<Key> keys{
      {.name = "certificate",
       .doc = "PEM: the server's certificate, then those between it and its authority.",
       .examples = {"./server.pem"},
       .shapes = {text()},
       .required = true,
       .also_called = {"cert", "certificado"}},
      {.name = "key",
       .doc = "PEM: the certificate's private key, without a passphrase.",
       .examples = {"./server.key"},
       .shapes = {text()},
       .required = true,
       .also_called = {"private_key", "chave"}},
      {.name = "client_ca",
       .doc = "PEM: the authorities of clients. When given, a client without a certificate of "
              "theirs is not spoken to; a token is asked for all the same.",
       .examples = {"./clients.pem"},
       .by_default = "clients show no certificate",
       .shapes = {text()},
       .also_called = {"ca", "mtls", "clients"}},
  };
  return keys;
}

const std::vector<Key>& serve_limits() {
  static const std::vector<Key> keys{
      count("keys", "The most keys of one question.", "100000", integer(1, 10'000'000)),
      count("body_mib", "The largest request, in MiB.", "16", integer(1, 256)),
      count("connections", "The most connections at once, as far as the process may open files.",
            "20000", integer(1, 1'000'000)),
      count("connections_per_address",
            "The most of one address (of an IPv6 network of 64 bits). Behind a proxy all come from "
            "the proxy's.",
            "4000", integer(1, 1'000'000)),
      time("header_time", "From a request's first byte to the end of its headers; TLS' handshake.",
           "10s"),
      time("body_time", "From there to the end of its body.", "30s"),
      time("idle_time", "Between the requests of a connection.", "60s"),
      time("answer_time", "For the client to take the answer.", "60s"),
      time("drain_time", "For what runs when the service is told to stop.", "20s"),
  };
  return keys;
}

}  // namespace quarentena::keys
