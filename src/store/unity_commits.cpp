#include "store/unity_commits.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "net/databricks_client.h"

namespace quarentena {
namespace {

using nlohmann::json;

constexpr const char* kPreview = "/api/2.1/unity-catalog/delta/preview/commits";
constexpr int kMostPages = 100;

/// Some servers write 64-bit numbers as text.
std::optional<std::int64_t> number_in(const json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end()) return std::nullopt;
  if (at->is_number_integer()) return at->get<std::int64_t>();
  if (!at->is_string()) return std::nullopt;
  const auto& text = at->get_ref<const std::string&>();
  char* end = nullptr;
  const auto value = std::strtoll(text.c_str(), &end, 10);
  return !text.empty() && *end == '\0' ? std::optional<std::int64_t>(value) : std::nullopt;
}

/// How the two APIs write the same things.
struct Words {
  const char *timestamp, *file_name, *file_size, *modified, *latest;
};
constexpr Words kV1{"timestamp", "file-name", "file-size", "file-modification-timestamp",
                    "latest-table-version"};
constexpr Words kOld{"timestamp", "file_name", "file_size", "file_modification_timestamp",
                     "latest_table_version"};

json written(const StagedCommit& commit, const Words& words) {
  return {{"version", commit.version},
          {words.timestamp, commit.timestamp_ms},
          {words.file_name, commit.file_name},
          {words.file_size, commit.size_bytes},
          {words.modified, commit.modified_ms}};
}

std::optional<StagedCommit> read_commit(const json& object, const Words& words) {
  if (!object.is_object()) return std::nullopt;
  const auto version = number_in(object, "version");
  const auto size = number_in(object, words.file_size);
  const auto name = object.find(words.file_name);
  if (!version || !size || *size < 0 || name == object.end() || !name->is_string())
    return std::nullopt;
  return StagedCommit{*version, number_in(object, words.timestamp).value_or(0),
                      name->get<std::string>(), *size,
                      number_in(object, words.modified).value_or(0)};
}

/// nullopt: that is not an answer of this API.
std::optional<RatifiedCommits> read_commits(const json& answer, const Words& words) {
  if (!answer.is_object()) return std::nullopt;
  RatifiedCommits out;
  const auto list = answer.value("commits", json::array());  // an empty one may be left out
  if (!list.is_array()) return std::nullopt;
  for (const auto& each : list) {
    auto commit = read_commit(each, words);
    if (!commit) return std::nullopt;
    out.latest = std::max(out.latest, commit->version);
    out.commits.push_back(std::move(*commit));
  }
  // A table that was only created has none, or -1: its log holds version 0.
  out.latest = std::max(out.latest, number_in(answer, words.latest).value_or(0));
  return out;
}

class UnityCommits final : public CommitCatalog {
 public:
  UnityCommits(std::shared_ptr<DatabricksClient> client, const TableName& name,
               const CatalogTable& table, const std::atomic<bool>* stop)
      : client_(std::move(client)), name_(name), table_(table), stop_(stop) {}

  Result<RatifiedCommits> ratified() const override {
    const auto doing = fmt::format("read the commits of {}", name_.full());
    TRY_ASSIGN(const HttpResponse response, client_->call("GET", path(), {}, stop_));
    if (is_not_there(response)) return ratified_by_preview(doing);
    return understood(response, kV1, doing, "SELECT");
  }

  Result<bool> ratify(const StagedCommit& commit,
                      std::optional<std::int64_t> published) const override {
    auto done = send(commit, published);
    if (done && *done) return true;
    // The catalog may have taken it although its answer was lost, and says of the second try that
    // the version is taken.
    const auto now = ratified();
    const bool ours =
        now && std::any_of(now->commits.begin(), now->commits.end(), [&](const StagedCommit& each) {
          return each.version == commit.version && each.file_name == commit.file_name;
        });
    if (ours) return true;
    return done;
  }

 private:
  std::string path() const {
    return fmt::format("/api/2.1/unity-catalog/delta/v1/catalogs/{}/schemas/{}/tables/{}",
                       percent_encoded(name_.catalog), percent_encoded(name_.schema),
                       percent_encoded(name_.table));
  }

  /// The table is there, for it was just looked up: it is the API that is not.
  static bool is_not_there(const HttpResponse& response) {
    return response.status == 404 || response.status == 405 || response.status == 501;
  }

  Result<bool> send(const StagedCommit& commit, std::optional<std::int64_t> published) const {
    json updates = json::array({{{"action", "add-commit"}, {"commit", written(commit, kV1)}}});
    if (published)
      updates.push_back(
          {{"action", "set-latest-backfilled-version"}, {"latest-published-version", *published}});
    const json body = {
        {"requirements", json::array({{{"type", "assert-table-uuid"}, {"uuid", table_.id}}})},
        {"updates", std::move(updates)}};
    TRY_ASSIGN(const HttpResponse response, client_->call("POST", path(), body.dump(), stop_));
    if (is_not_there(response)) return send_to_preview(commit, published);
    return taken(response, commit);
  }

  Result<bool> send_to_preview(const StagedCommit& commit,
                               std::optional<std::int64_t> published) const {
    json body = {{"table_id", table_.id},
                 {"table_uri", table_.location},
                 {"commit_info", written(commit, kOld)}};
    if (published) body["latest_backfilled_version"] = *published;
    TRY_ASSIGN(const HttpResponse response, client_->call("POST", kPreview, body.dump(), stop_));
    return taken(response, commit);
  }

  Result<bool> taken(const HttpResponse& response, const StagedCommit& commit) const {
    if (response.ok()) return true;
    if (response.status == 409) return false;
    return tl::unexpected<Error>(error_of(
        response, fmt::format("commit version {} of {}", commit.version, name_.full()), "MODIFY"));
  }

  Result<RatifiedCommits> ratified_by_preview(const std::string& doing) const {
    RatifiedCommits all;
    std::int64_t next = 0;
    for (int page = 0; page < kMostPages; ++page) {
      const json body = {
          {"table_id", table_.id}, {"table_uri", table_.location}, {"start_version", next}};
      TRY_ASSIGN(const HttpResponse response, client_->call("GET", kPreview, body.dump(), stop_));
      TRY_ASSIGN(auto some, understood(response, kOld, doing, "SELECT"));
      all.latest = std::max(all.latest, some.latest);
      if (some.commits.empty()) break;
      for (auto& each : some.commits) {
        next = std::max(next, each.version + 1);
        all.commits.push_back(std::move(each));
      }
      if (next > all.latest) break;
    }
    return all;
  }

  Result<RatifiedCommits> understood(const HttpResponse& response, const Words& words,
                                     const std::string& doing, const char* privilege) const {
    if (!response.ok()) return tl::unexpected<Error>(error_of(response, doing, privilege));
    auto commits = read_commits(json::parse(response.body, nullptr, false), words);
    if (commits) return std::move(*commits);
    return fail(ErrorKind::data,
                fmt::format("cannot {}: {} answered something else", doing, client_->host()),
                "the Delta API of that server is newer or older than this version knows");
  }

  Error error_of(const HttpResponse& response, const std::string& doing,
                 const char* privilege) const {
    auto error = client_->error_of(doing, response);
    if (response.status == 403)
      error.hint = fmt::format("ask for {} on the table and EXTERNAL USE SCHEMA on {}.{}",
                               privilege, name_.catalog, name_.schema);
    if (error.kind == ErrorKind::missing)
      error.hint =
          "the table is catalog-managed, but that server has no API for its commits: "
          "delta/v1 or delta/preview/commits";
    if (response.status == 429)
      error.hint =
          "too many commits wait to be published in the table's log; the same command may "
          "work later";
    return error;
  }

  std::shared_ptr<DatabricksClient> client_;
  TableName name_;
  CatalogTable table_;
  const std::atomic<bool>* stop_;
};

}  // namespace

std::shared_ptr<const CommitCatalog> unity_commits(std::shared_ptr<DatabricksClient> client,
                                                   const TableName& name, const CatalogTable& table,
                                                   const std::atomic<bool>* stop) {
  return std::make_shared<UnityCommits>(std::move(client), name, table, stop);
}

}  // namespace quarentena
