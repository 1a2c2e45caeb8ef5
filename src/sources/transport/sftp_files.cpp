#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <map>
#include <set>

#include "base/arriving_file.h"
#include "base/files.h"
#include "net/host_slot.h"
#include "net/retry.h"
#include "net/secrets.h"
#include "net/sftp.h"
#include "sources/transport/inbox.h"
#include "sources/transport/server_limits.h"
#include "sources/transport/sftp_address.h"
#include "sources/transport/transport.h"

/// Files of an SFTP server. A file is taken when it is whole: its size and time are the same before
/// it is read and `settle` later, and as many bytes came as that size says.
namespace quarentena {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kDeepest = 32;

bool is_pattern(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }
bool is_hidden(const std::string& name) { return name[0] == '_' || name[0] == '.'; }

tl::unexpected<Error> of_source(const Source& source, Error error) {
  error.what = fmt::format("source '{}': {}", source.name, error.what);
  return tl::unexpected<Error>(std::move(error));
}

struct Found {
  std::string path;  ///< on the server
  SftpStat stat;
};

/// What a location names on the server.
class Search {
 public:
  Search(SftpSession& session, const std::atomic<bool>* stop) : session_(session), stop_(stop) {}

  /// A path, a path with patterns, or with a `/` at its end a folder with all that is in it.
  Result<std::vector<std::string>> paths(const std::string& path) {
    if (path.ends_with('/') && !is_pattern(path)) {
      TRY_STATUS(all_in(path, 0));
    } else if (is_pattern(path)) {
      TRY_STATUS(matching(path.starts_with('/') ? "/" : "", path.starts_with('/') ? 1 : 0, path));
    } else {
      paths_.push_back(path);
    }
    std::sort(paths_.begin(), paths_.end());
    return std::move(paths_);
  }

  /// Names seen and not taken, for the hint when nothing was.
  const std::set<std::string>& passed_over() const { return passed_over_; }

 private:
  Result<std::vector<SftpEntry>> list(const std::string& folder) {
    return with_retries({}, stop_, [&] { return session_.list(folder); });
  }

  Status all_in(const std::string& folder, int depth) {
    TRY_ASSIGN(const auto entries, list(folder));
    for (const auto& entry : entries) {
      if (is_hidden(entry.name)) {
        passed_over_.insert(entry.name);
      } else if (!entry.folder) {
        paths_.push_back(folder + entry.name);
      } else if (depth < kDeepest) {
        TRY_STATUS(all_in(folder + entry.name + "/", depth + 1));
      }
    }
    return {};
  }

  /// `folder` matches what stands before `at` in `pattern`.
  Status matching(const std::string& folder, std::size_t at, const std::string& pattern) {
    const auto slash = pattern.find('/', at);
    const bool last = slash == std::string::npos;
    const std::string part = pattern.substr(at, last ? slash : slash - at);
    if (!is_pattern(part)) {
      if (!last) return matching(folder + part + "/", slash + 1, pattern);
      if (part.empty()) return all_in(folder, 0);
      return named(folder, part);
    }
    TRY_ASSIGN(const auto entries, list(folder));
    for (const auto& entry : entries) {
      const bool matches = fnmatch(part.c_str(), entry.name.c_str(), FNM_PERIOD) == 0;
      if (!matches || is_hidden(entry.name) || entry.folder == last) {
        passed_over_.insert(entry.name);
      } else if (last) {
        paths_.push_back(folder + entry.name);
      } else {
        TRY_STATUS(matching(folder + entry.name + "/", slash + 1, pattern));
      }
    }
    return {};
  }

  /// A plain name below a folder that a pattern found: not every such folder has it.
  Status named(const std::string& folder, const std::string& name) {
    TRY_ASSIGN(const auto entries, list(folder));
    for (const auto& entry : entries)
      if (entry.name == name && !entry.folder) paths_.push_back(folder + name);
    return {};
  }

  SftpSession& session_;
  const std::atomic<bool>* stop_;
  std::vector<std::string> paths_;
  std::set<std::string> passed_over_;
};

/// One file's bytes into its part, resumed after a cut, also one of an earlier process: beside the
/// part stands which version of the file it is the beginning of.
class Transfer {
 public:
  Transfer(SftpSession& session, Found file, fs::path part, const std::atomic<bool>* stop)
      : session_(session),
        file_(std::move(file)),
        version_file_(part.string() + ".json"),
        part_(std::move(part)),
        stop_(stop) {
    version_ = fmt::format("{{\"size_bytes\": {}, \"modified_ms\": {}}}\n", file_.stat.size_bytes,
                           file_.stat.modified_ms);
  }

  /// The SHA-256 of what it brought.
  Result<std::string> run() {
    TRY_STATUS(begin());
    Retries retries({});
    while (true) {
      const auto before = part_.size();
      Status done = attempt(before, retries.failures() > 0);
      if (done) break;
      if (done.error().kind != ErrorKind::transient) return fail_with(std::move(done));
      static constexpr std::int64_t kProgress = 64 << 10;
      if (part_.size() - before >= kProgress) retries.progressed();
      const auto wait = retries.next_wait();
      if (!wait) {
        done.error().what = with_tries(std::move(done.error().what), retries.failures());
        return fail_with(std::move(done));
      }
      TRY_STATUS(wait_unless_stopped(*wait, stop_));
    }
    TRY_ASSIGN(FileDigests digests, part_.finish());
    return std::move(digests.sha256);
  }

 private:
  Status begin() {
    TRY_STATUS(part_.open());
    std::ifstream in(version_file_);
    const std::string known{std::istreambuf_iterator<char>(in), {}};
    if (known == version_ && part_.size() <= file_.stat.size_bytes) return {};
    TRY_STATUS(part_.begin_again());
    std::ofstream out(version_file_, std::ios::trunc);
    out << version_;
    out.close();
    if (!out) return tl::unexpected<Error>(disk_error(version_file_, "write", errno));
    return {};
  }

  Status attempt(std::int64_t from, bool again) {
    if (again) TRY_STATUS(same_file());
    return session_.read(file_.path, from, file_.stat.size_bytes,
                         [&](std::string_view bytes) { return part_.append(bytes); });
  }

  /// Another file under the same name must not be the end of this one's beginning.
  Status same_file() {
    TRY_ASSIGN(const SftpStat now, session_.stat(file_.path));
    if (now.size_bytes == file_.stat.size_bytes && now.modified_ms == file_.stat.modified_ms)
      return {};
    return fail(ErrorKind::transient,
                fmt::format("{} changed while it was read: {} bytes, then {}", file_.path,
                            file_.stat.size_bytes, now.size_bytes),
                "it is still being written; try again later");
  }

  SftpSession& session_;
  Found file_;
  fs::path version_file_;
  std::string version_;
  ArrivingFile part_;
  const std::atomic<bool>* stop_;
};

class SftpFiles {
 public:
  SftpFiles(SftpAddress address, SftpServer server, const Source& source,
            const FetchContext& context, Inbox inbox)
      : address_(std::move(address)),
        source_(source),
        stop_(context.stop),
        server_(std::move(server)),
        inbox_(std::move(inbox)) {}

  Result<Delivery> find() {
    TRY_STATUS(connect());
    TRY_ASSIGN(const auto found, look());
    const auto looked = Clock::now();
    std::map<std::string, std::string> brought;  // path to SHA-256
    for (const auto& each : found) {
      TRY_ASSIGN(const auto kept, inbox_.kept(remote(each)));
      if (kept) continue;
      TRY_ASSIGN(const fs::path part, inbox_.part(remote(each)));
      TRY_ASSIGN(brought[each.path], Transfer(*session_, each, part, stop_).run());
      fresh_.push_back(each);
    }
    TRY_STATUS(look_again(looked));
    std::vector<DeliveredFile> files;
    for (const auto& each : found) {
      const auto sha256 = brought.find(each.path);
      TRY_ASSIGN(DeliveredFile file, sha256 == brought.end()
                                         ? inbox_.reuse(remote(each))
                                         : inbox_.publish(remote(each), sha256->second));
      file.modified_ms = each.stat.modified_ms;
      files.push_back(std::move(file));
    }
    return inbox_.delivery(std::move(files), {address_.is_folder(), address_.origin()});
  }

 private:
  /// The session keeps its connection open, and accounts are often allowed a few only.
  Status connect() {
    const auto host = fmt::format("{}:{}", server_.host, server_.port);
    const int most = server_limits(source_).max_connections;
    TRY_ASSIGN(slot_, HostSlot::take(host, most, stop_));
    session_ = std::make_unique<SftpSession>(server_, stop_);
    return {};
  }

  /// A long wait is no reason to keep others from the server.
  Status wait_without_connection(std::chrono::milliseconds wait) {
    static constexpr std::chrono::milliseconds kWorthSigningInAgain{1000};
    const bool let_go = wait >= kWorthSigningInAgain;
    if (let_go) {
      session_.reset();
      slot_ = HostSlot();
    }
    TRY_STATUS(wait_unless_stopped(wait, stop_));
    return let_go ? connect() : Status();
  }

  RemoteFile remote(const Found& file) const {
    return {address_.origin(),
            file.path.substr(address_.base.size()),
            {},
            file.stat.size_bytes,
            file.stat.modified_ms};
  }

  std::string shown(const std::string& path) const { return address_.server() + path; }

  /// A location that names a folder without the `/` at its end. Only what has no extension is
  /// suspected, for it costs a question.
  Status recognize_folder() {
    auto& path = address_.path;
    const auto name = path.substr(path.rfind('/') + 1);
    if (name.empty() || is_pattern(path) || name.find('.') != std::string::npos) return {};
    const auto entries = session_->list(path);
    if (entries) {
      path += '/';
      address_.base = path;
      return {};
    }
    // Of a file, servers say this or that; a refused password must not be tried again.
    const auto kind = entries.error().kind;
    if (kind == ErrorKind::missing || kind == ErrorKind::transient) return {};
    return tl::unexpected<Error>(entries.error());
  }

  Result<std::vector<Found>> look() {
    TRY_STATUS(recognize_folder());
    Search search(*session_, stop_);
    TRY_ASSIGN(const auto paths, search.paths(address_.path));
    std::vector<Found> found;
    for (const auto& path : paths) {
      TRY_ASSIGN(const SftpStat stat, stat_of(path));
      found.push_back({path, stat});
    }
    if (found.empty()) return nothing(search.passed_over());
    if (source_.take == Take::newest) {
      const auto newest =
          std::max_element(found.begin(), found.end(), [](const Found& a, const Found& b) {
            return std::pair(a.stat.modified_ms, a.path) < std::pair(b.stat.modified_ms, b.path);
          });
      found = {*newest};
    }
    for (const auto& each : found)
      if (each.stat.size_bytes == 0)
        return fail(Defect::empty, fmt::format("{} is empty (0 bytes)", shown(each.path)),
                    "an empty file is not a delivery; ask its sender for it again");
    return found;
  }

  Result<SftpStat> stat_of(const std::string& path) {
    return with_retries({}, stop_, [&] { return session_->stat(path); });
  }

  tl::unexpected<Error> nothing(const std::set<std::string>& others) const {
    std::string hint = "the folder is empty; is the delivery late, or `location` wrong?";
    if (!others.empty()) {
      std::string names;
      int count = 0;
      for (const auto& name : others)
        if (++count <= 5) names += (count > 1 ? ", " : "") + name;
      hint = fmt::format("there is: {}{}; is the delivery late, or `location` wrong?", names,
                         others.size() > 5 ? ", ..." : "");
    }
    return fail(ErrorKind::missing, fmt::format("nothing at {}", shown(address_.path)), hint);
  }

  /// The time of the transfers counts as waiting.
  Status look_again(Clock::time_point looked) {
    if (fresh_.empty()) return {};
    const auto settle = std::chrono::milliseconds(source_.settle_ms);
    const auto passed =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - looked);
    if (passed < settle) TRY_STATUS(wait_without_connection(settle - passed));
    for (const auto& each : fresh_) {
      TRY_ASSIGN(const SftpStat now, stat_of(each.path));
      if (now.size_bytes == each.stat.size_bytes && now.modified_ms == each.stat.modified_ms)
        continue;
      inbox_.discard(remote(each));
      return fail(
          ErrorKind::transient,
          fmt::format("{} is still being written: {} bytes, then {}", shown(each.path),
                      each.stat.size_bytes, now.size_bytes),
          fmt::format("it did not stay the same for {} ms (`settle`); try again when it is whole",
                      source_.settle_ms));
    }
    return {};
  }

  SftpAddress address_;
  const Source& source_;
  const std::atomic<bool>* stop_;
  SftpServer server_;
  Inbox inbox_;
  HostSlot slot_;
  std::unique_ptr<SftpSession> session_;  // ends before the slot is given back
  std::vector<Found> fresh_;
};

Result<SftpServer> server_of(const SftpAddress& address, const Secrets& secrets) {
  SftpServer server;
  const auto text = [&](const char* key) { return secret_of(secrets, key).reveal(); };
  server.host = address.host;
  server.port = address.port;
  server.user = address.user.empty() ? text("user") : address.user;
  server.password = secret_of(secrets, "password");
  server.key_file = text("key_file");
  server.private_key = secret_of(secrets, "private_key");
  server.passphrase = secret_of(secrets, "passphrase");
  server.known_hosts = text("known_hosts");
  std::error_code error;
  if (!server.known_hosts.empty() && !fs::is_regular_file(server.known_hosts, error))
    return fail(ErrorKind::config,
                fmt::format("the known_hosts file {} is not there", server.known_hosts.string()),
                "is auth's `known_hosts` right?");
  return server;
}

/// The pins are a list with blanks between them, each of which may be a reference.
Result<std::vector<std::string>> pins_of(const Auth& auth, const std::atomic<bool>* stop) {
  std::vector<std::string> pins;
  const auto found = auth.find("host_key");
  if (found == auth.end()) return pins;
  std::string rest = found->second;
  while (!rest.empty()) {
    const auto end = rest.starts_with("${") ? rest.find('}') + 1 : rest.find(' ');
    TRY_ASSIGN(const Secret pin, resolve_secret(rest.substr(0, end), stop));
    pins.push_back(pin.reveal());
    rest = end < rest.size() ? rest.substr(end + 1) : "";
  }
  return pins;
}

Result<Delivery> find(const std::string& location, const Source& source,
                      const FetchContext& context) {
  TRY_ASSIGN(SftpAddress address, sftp_address(location, source.location));
  Auth auth = source.auth;
  auth.erase("host_key");
  TRY_ASSIGN(const Secrets secrets, resolve(auth, context.stop));
  TRY_ASSIGN(SftpServer server, server_of(address, secrets));
  TRY_ASSIGN(server.pins, pins_of(source.auth, context.stop));
  server.connect_timeout = server_limits(source).timeouts.connect;
  server.stall_timeout = server_limits(source).timeouts.stall;
  TRY_ASSIGN(Inbox inbox, Inbox::open(context, source.name));
  return SftpFiles(std::move(address), std::move(server), source, context, std::move(inbox)).find();
}

}  // namespace

Result<Delivery> find_sftp_files(const std::string& location, const Source& source,
                                 const FetchContext& context) {
  auto delivery = find(location, source, context);
  if (delivery || delivery.error().what.starts_with("source '")) return delivery;
  return of_source(source, std::move(delivery.error()));
}

}  // namespace quarentena
