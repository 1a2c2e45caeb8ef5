#include "net/client_assertion.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

namespace quarentena {
namespace {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* thing) const {
    release(thing);
  }
};
using Bio = std::unique_ptr<BIO, Release<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;

constexpr std::int64_t kValidFor_s = 600;

std::string base64url(const unsigned char* bytes, std::size_t size) {
  std::vector<unsigned char> text(4 * ((size + 2) / 3) + 1);
  const int written = EVP_EncodeBlock(text.data(), bytes, static_cast<int>(size));
  std::string out(text.begin(), text.begin() + written);
  while (!out.empty() && out.back() == '=') out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

std::string base64url(const std::string& text) {
  return base64url(reinterpret_cast<const unsigned char*>(text.data()), text.size());
}

Result<Secret> read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in && !text.empty()) return Secret(std::move(text));
  const int code = errno;
  std::error_code error;
  if (!std::filesystem::exists(file, error))
    return fail(ErrorKind::missing, fmt::format("no file {}", file.string()),
                "paths under `auth` are relative to the configuration file");
  return fail(ErrorKind::auth,
              fmt::format("cannot read {}: {}", file.string(), std::strerror(code)),
              "give the user that runs quarentena permission to read it");
}

Bio memory(const Secret& text) {
  return Bio(BIO_new_mem_buf(text.reveal().data(), static_cast<int>(text.reveal().size())));
}

int give_passphrase(char* buffer, int size, int, void* passphrase) {
  const std::string& text = static_cast<const Secret*>(passphrase)->reveal();
  if (text.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, text.data(), text.size());
  return static_cast<int>(text.size());
}

Result<Key> read_key(const Secret& pem, const Secret& passphrase, const std::string& where) {
  const Bio bio = memory(pem);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase,
                                  const_cast<Secret*>(&passphrase)));
  ERR_clear_error();
  if (!key) {
    const bool encrypted = pem.reveal().find("ENCRYPTED") != std::string::npos;
    if (encrypted && passphrase.empty())
      return fail(ErrorKind::config, fmt::format("the private key in {} is encrypted", where),
                  "give its passphrase: auth: { passphrase: \"${env:NAME}\" }");
    if (encrypted)
      return fail(ErrorKind::auth,
                  fmt::format("the passphrase does not open the private key in {}", where),
                  "check `passphrase` under `auth`");
    return fail(ErrorKind::config, fmt::format("no private key (PEM) in {}", where),
                "name the key's file: auth: { key_file: app.key }");
  }
  if (EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA)
    return fail(ErrorKind::config, fmt::format("the private key in {} is not RSA", where),
                "the identity platform takes RSA certificates only (2048 bits or more)");
  return key;
}

Result<Secret> without_passphrase(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_secmem()));
  if (!bio ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return fail(ErrorKind::machine, "OpenSSL cannot write a private key into memory");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return Secret(std::string_view(data, static_cast<std::size_t>(size)));
}

Status check_dates(X509* certificate, const std::filesystem::path& file) {
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
    return fail(ErrorKind::auth, fmt::format("the certificate in {} has expired", file.string()),
                "make a new one, register it with the application, then replace the file");
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
    return fail(ErrorKind::auth,
                fmt::format("the certificate in {} is not valid yet", file.string()),
                "check this machine's clock");
  return {};
}

Result<std::string> sign(const std::string& text, EVP_PKEY* key) {
  const Digest context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* padding = nullptr;
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::vector<unsigned char> signature;
  bool good = context &&
              EVP_DigestSignInit(context.get(), &padding, EVP_sha256(), nullptr, key) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1;
  if (good) {
    signature.resize(size);
    good = EVP_DigestSign(context.get(), signature.data(), &size, bytes, text.size()) == 1;
  }
  ERR_clear_error();
  if (!good)
    return fail(ErrorKind::config, "the certificate's key cannot sign (PS256)",
                "use RSA, 2048 bits or more");
  return base64url(signature.data(), size);
}

Result<std::string> random_id() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    return fail(ErrorKind::machine, "this machine gives no random numbers");
  return base64url(bytes.data(), bytes.size());
}

}  // namespace

Result<SigningCertificate> read_signing_certificate(const std::filesystem::path& certificate,
                                                    const std::filesystem::path& key_file,
                                                    const Secret& key_pem,
                                                    const Secret& passphrase) {
  SigningCertificate out;
  TRY_ASSIGN(out.certificate_pem, read_file(certificate));
  const Bio bio = memory(out.certificate_pem);
  const Certificate x509(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!x509)
    return fail(
        ErrorKind::config, fmt::format("no certificate (PEM) in {}", certificate.string()),
        "it begins with -----BEGIN CERTIFICATE-----; a .pfx is converted with openssl pkcs12");
  TRY_STATUS(check_dates(x509.get(), certificate));

  Secret pem = key_pem;
  std::string where = "`private_key`";
  if (pem.empty()) {
    const auto& file = key_file.empty() ? certificate : key_file;
    where = file.string();
    TRY_ASSIGN(pem, read_file(file));
  }
  TRY_ASSIGN(const Key key, read_key(pem, passphrase, where));
  const bool belong = X509_check_private_key(x509.get(), key.get()) == 1;
  ERR_clear_error();
  if (!belong)
    return fail(ErrorKind::config,
                fmt::format("the private key in {} is not the key of the certificate in {}", where,
                            certificate.string()),
                "give the pair that was made together");
  TRY_ASSIGN(out.key_pem, without_passphrase(key.get()));

  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(x509.get(), EVP_sha256(), digest.data(), &size) != 1)
    return fail(ErrorKind::machine, "OpenSSL cannot digest a certificate");
  out.thumbprint = base64url(digest.data(), size);
  return out;
}

Result<Secret> client_assertion(const SigningCertificate& certificate, const std::string& client_id,
                                const std::string& audience, std::int64_t now_s) {
  TRY_ASSIGN(const std::string id, random_id());
  const nlohmann::json header{
      {"alg", "PS256"}, {"typ", "JWT"}, {"x5t#S256", certificate.thumbprint}};
  const nlohmann::json claims{
      {"aud", audience}, {"iss", client_id}, {"sub", client_id},          {"jti", id},
      {"nbf", now_s},    {"iat", now_s},     {"exp", now_s + kValidFor_s}};
  const std::string text = base64url(header.dump()) + "." + base64url(claims.dump());
  TRY_ASSIGN(const Key key, read_key(certificate.key_pem, Secret{}, "memory"));
  TRY_ASSIGN(const std::string signature, sign(text, key.get()));
  return Secret(text + "." + signature);
}

}  // namespace quarentena
