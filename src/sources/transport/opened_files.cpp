#include "sources/transport/opened_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/files.h"
#include "base/sha256.h"
#include "net/secrets.h"
#include "sources/transport/decrypt.h"
#include "sources/transport/inbox.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

bool is_pgp(const std::string& key) { return key.starts_with("pgp_"); }

Result<PgpKey> pgp_key(const Source& source, const FetchContext& context) {
  Auth auth;
  for (const auto& [key, value] : source.auth)
    if (is_pgp(key)) auth.emplace(key, value);
  TRY_ASSIGN(const Secrets secrets, resolve(auth, context.stop));
  return PgpKey{secret_of(secrets, "pgp_key_file").reveal(), secret_of(secrets, "pgp_key"),
                secret_of(secrets, "pgp_passphrase")};
}

bool is_below(const fs::path& file, const fs::path& folder) {
  const auto relative = file.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

class Opening {
 public:
  Opening(const Delivery& delivery, const Source& source, const FetchContext& context, Inbox inbox)
      : delivery_(delivery), source_(source), context_(context), inbox_(std::move(inbox)) {}

  Result<Delivery> run() {
    std::vector<DeliveredFile> files;
    std::set<fs::path> places;
    for (const auto& file : delivery_.files) {
      TRY_ASSIGN(auto clear, clear_of(file));
      if (!places.insert(clear.path).second)
        return fail(ErrorKind::data,
                    fmt::format("source '{}': {} is there encrypted and not", source_.name,
                                file.path.filename().string()),
                    "let `location` name one of them");
      clear.modified_ms = file.modified_ms;
      files.push_back(std::move(clear));
    }
    const bool folder = !delivery_.root.empty();
    return inbox_.delivery(std::move(files), {folder, folder ? origin(delivery_.root) : ""});
  }

 private:
  static std::string origin(const fs::path& folder) { return "opened " + folder.string(); }

  /// A folder stays one: its unencrypted files have to be below the same root.
  Result<DeliveredFile> clear_of(const DeliveredFile& file) {
    const bool encrypted = is_encrypted(file.path.filename());
    if (!encrypted && delivery_.root.empty()) return file;
    const auto folder = delivery_.root.empty() ? file.path.parent_path() : delivery_.root;
    RemoteFile clear;
    clear.origin = origin(folder);
    clear.relative = file.path.lexically_relative(folder).string();
    if (encrypted) clear.relative = decrypted_name(clear.relative);
    clear.etag = file.sha256;
    if (clear.etag.empty()) {
      TRY_ASSIGN(clear.etag, sha256_of_file(file.path));
    }
    TRY_ASSIGN(const auto kept, inbox_.kept(clear));
    if (kept) return inbox_.reuse(clear);
    TRY_ASSIGN(const fs::path part, inbox_.part(clear));
    if (encrypted) {
      TRY_STATUS(open(file.path, part));
    } else {
      std::error_code error;
      fs::copy_file(file.path, part, fs::copy_options::overwrite_existing, error);
      if (error) return tl::unexpected<Error>(disk_error(part, "write", error.value()));
    }
    return inbox_.publish(clear);
  }

  Status open(const fs::path& encrypted, const fs::path& clear) {
    if (!key_) {
      TRY_ASSIGN(key_, pgp_key(source_, context_));
    }
    auto done = decrypt(encrypted, clear, *key_, context_.stop);
    if (done) return done;
    // Damaged bytes may be whole at their sender. A wrong passphrase is corrected tomorrow: the
    // bytes are good then, and need not come again.
    std::error_code error;
    if (done.error().kind == ErrorKind::data && is_below(encrypted, context_.inbox))
      fs::remove(encrypted, error);
    done.error().what = fmt::format("source '{}': {}: {}", source_.name,
                                    encrypted.filename().string(), done.error().what);
    return done;
  }

  const Delivery& delivery_;
  const Source& source_;
  const FetchContext& context_;
  Inbox inbox_;
  std::optional<PgpKey> key_;
};

}  // namespace

Source without_pgp(const Source& source) {
  Source out = source;
  std::erase_if(out.auth, [](const auto& entry) { return is_pgp(entry.first); });
  return out;
}

Result<Delivery> opened(Delivery delivery, const Source& source, const FetchContext& context) {
  const auto encrypted = [](const auto& file) { return is_encrypted(file.path.filename()); };
  if (std::none_of(delivery.files.begin(), delivery.files.end(), encrypted)) return delivery;
  // Opened while the delivery holds the inbox: within this process the lock is shared.
  TRY_ASSIGN(Inbox inbox, Inbox::open(context, source.name));
  return Opening(delivery, source, context, std::move(inbox)).run();
}

}  // namespace quarentena
