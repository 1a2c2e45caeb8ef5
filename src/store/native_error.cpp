#include "store/native_error.h"

#include <fmt/format.h>
#include <quarentena_native.h>

namespace quarentena {
namespace {

/// What to ask its administrator for, in the store's own words.
std::string permissions(const std::string& place) {
  if (place.find("abfss://") != std::string::npos)
    return "these credentials may not do that: the role Storage Blob Data Reader on the container, "
           "and for the table Storage Blob Data Contributor";
  if (place.find("gs://") != std::string::npos)
    return "these credentials may not do that: the role Storage Object Viewer on the bucket, and "
           "for the table Storage Object User";
  return "these credentials may not do that: s3:ListBucket on the bucket, s3:GetObject on its "
         "objects, and for the table s3:PutObject and s3:DeleteObject too";
}

std::string hint_of(int status, const std::string& said, const std::string& place) {
  const auto says = [&](const char* part) { return said.find(part) != std::string::npos; };
  if (says("RequestTimeTooSkewed"))
    return "set this machine's clock: it is too far from the server's";
  if (says("SignatureDoesNotMatch")) return "the secret key does not belong to that access key id";
  if (says("InvalidAccessKeyId") || says("XAdminUserNotFound"))
    return "the server does not know that access key id";
  if (says("ExpiredToken")) return "the session token has ended: get new temporary credentials";
  if (says("another region") || says("PermanentRedirect") || says("AuthorizationHeaderMalformed"))
    return "set the bucket's own region: `region` under `auth`, or AWS_REGION";
  if (says("NoSuchBucket")) return "is the bucket's name right, and does it exist there?";
  if (says("ContainerNotFound") || says("FilesystemNotFound"))
    return "is the container's name right, and does it exist in that account?";
  if (says("AuthenticationFailed") || says("AuthorizationFailure"))
    return "the account key, token or signature does not belong to that account, or has ended";
  switch (status) {
    case QN_AUTH:
      return permissions(place);
    case QN_TRANSIENT:
      return "the server does not answer as it should; the same command may work later";
    case QN_BUG:
      return "please report it with the command that led here";
    default:
      return "";
  }
}

}  // namespace

ErrorKind kind_of_native(int status) {
  switch (status) {
    case QN_CONFLICT:
      return ErrorKind::conflict;
    case QN_CONFIG:
      return ErrorKind::config;
    case QN_AUTH:
      return ErrorKind::auth;
    case QN_ABSENT:
    case QN_MISSING:
      return ErrorKind::missing;
    case QN_TRANSIENT:
      return ErrorKind::transient;
    case QN_DATA:
      return ErrorKind::data;
    case QN_MACHINE:
      return ErrorKind::machine;
    default:
      return ErrorKind::bug;
  }
}

std::string take_native_text(char* text) {
  std::string copy = text ? text : "";
  qn_text_free(text);
  return copy;
}

Error store_error(int status, char* text, const std::string& place) {
  auto said = take_native_text(text);
  std::string hint;
  if (const auto line = said.find('\n'); line != std::string::npos) {
    hint = said.substr(line + 1);
    said.resize(line);
  } else {
    hint = hint_of(status, said, place);
  }
  return {kind_of_native(status), fmt::format("{}: {}", place, said), std::move(hint)};
}

}  // namespace quarentena
