#include "config/keys.h"
#include "config/shapes.h"

namespace quarentena::keys {
namespace {

Key setting(std::string name, std::string doc, std::vector<std::string> examples = {},
            std::vector<std::string> also_called = {}) {
  return {.name = std::move(name),
          .doc = std::move(doc),
          .examples = std::move(examples),
          .shapes = {text()},
          .also_called = std::move(also_called)};
}

Key secret(std::string name, std::string doc, std::vector<std::string> also_called = {}) {
  Key key = setting(std::move(name), std::move(doc), {}, std::move(also_called));
  key.shapes = {text(kReferencePattern)};
  key.secret = true;
  return key;
}

}  // namespace

const std::vector<Key>& auth() {
  static const std::vector<Key> keys{
      setting("tenant", "SharePoint, ADLS: the directory's id or name.", {}, {"tenant_id"}),
      setting("client_id",
              "SharePoint, ADLS, Unity Catalog: the application's id (Databricks: of the service "
              "principal).",
              {}, {"app_id"}),
      secret("client_secret", "The application's secret.", {"secret"}),
      setting("certificate", "SharePoint, HTTPS: path of a client certificate (PEM).", {},
              {"cert"}),
      setting("ca_file", "HTTPS, SharePoint: path of a private authority's certificate (PEM)."),
      setting("user", "SFTP, HTTPS: the user's name.", {}, {"username", "login", "usuario"}),
      secret("password", "SFTP, HTTPS: the user's password.", {"pass", "senha"}),
      setting("key_file",
              "SFTP, SharePoint, HTTPS: path of the private key; without it, a certificate's own "
              "file holds it.",
              {}, {"private_key_file", "identity", "identity_file"}),
      secret("private_key", "The private key itself (PEM).", {"key"}),
      secret("passphrase", "What opens the private key."),
      {.name = "host_key",
       .doc =
           "SFTP: the fingerprint of the server's key, as `ssh-keygen -l` prints it; a list while "
           "the server changes its key. This or `known_hosts` is required.",
       .examples = {"SHA256:uNiVztksCsDhcc0u9e8BrSJkmR2S0b2lY7x4Cl1OiXk"},
       .shapes = {text(), texts()},
       .also_called = {"fingerprint", "host_keys", "pin"}},
      setting("known_hosts", "SFTP: path of a known_hosts file."),
      setting("pgp_key_file",
              "Path of the private PGP key that opens `.pgp`, `.gpg` and `.asc` files."),
      secret("pgp_key", "The private PGP key itself (armored).", {"gpg_key"}),
      secret("pgp_passphrase", "What opens the private PGP key.", {"gpg_passphrase"}),
      secret("token", "HTTPS, Unity Catalog: a bearer token.", {"bearer", "access_token"}),
      setting("host", "Unity Catalog, `volumes://`: the address of the workspace or server.", {},
              {"workspace"}),
      setting("profile", "S3, Unity Catalog: a profile of the vendor's own configuration file."),
      setting("access_key_id", "S3: the key's id.", {}, {"access_key", "aws_access_key_id"}),
      secret("secret_access_key", "S3: the key.", {"secret_key", "aws_secret_access_key"}),
      secret("session_token", "S3: the token of temporary keys.", {"aws_session_token"}),
      setting("region", "S3: the bucket's region.", {}, {"aws_region"}),
      setting("role_arn", "S3: a role to assume with the credentials found.", {}, {"role"}),
      setting("role_session_name", "S3: the session's name in the account's logs."),
      setting("external_id", "S3: what the role's owner asks for beside the credentials."),
      {.name = "anonymous",
       .doc = "S3, ADLS, GCS: `true` signs nothing, for what is public.",
       .by_default = "false",
       .shapes = {boolean()},
       .also_called = {"public", "no_sign_request"}},
      setting(
          "endpoint",
          "S3, ADLS, GCS and what speaks like them: the server's address. SharePoint: Microsoft "
          "Graph's, for a cloud that the host's name does not tell.",
          {}, {"endpoint_url"}),
      setting("authority",
              "SharePoint: the identity platform's address, for a cloud that the host's name does "
              "not tell.",
              {"https://login.microsoftonline.us"}, {"login_endpoint", "authority_host"}),
      setting("account", "ADLS: the storage account.", {}, {"storage_account"}),
      secret("account_key", "ADLS: the storage account's key."),
      secret("sas_token", "ADLS, HTTPS: a shared access signature, the address's query.", {"sas"}),
      setting("service_account", "GCS: path of the service account's file.", {},
              {"service_account_file", "credentials_file"}),
  };
  return keys;
}

const std::vector<Key>& source() {
  static const std::vector<Key> keys = [] {
    std::vector<Key> all = delivery();
    all.insert(all.end(), trust().begin(), trust().end());
    return all;
  }();
  return keys;
}

}  // namespace quarentena::keys
