#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/files.h"
#include "base/parallel.h"
#include "base/sha256.h"
#include "lookup/index_build.h"
#include "trust/ledger.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kHour = 3'600'000;

/// How many days' indexes of one table stay: they are made again when they are asked for.
constexpr std::size_t kKept = 4;

std::optional<Date> day_to_answer(const Snapshot& table, const Plan& plan,
                                  const OpenIndex& options) {
  const auto last = options.on ? *options.on : today_in(plan.timezone);
  std::optional<Date> out;
  for (const auto& file : table.files) {
    const auto text = file.partition_value("data_carga");
    const auto day = text ? Date::parse_iso(*text) : std::nullopt;
    if (!day || *day > last || (options.on && *day != last)) continue;
    if (!out || *out < *day) out = day;
  }
  return out;
}

/// A folder of this table's own, that only its owner enters.
Result<fs::path> index_folder(const Plan& plan, const std::string& location) {
  Sha256 digest;
  digest.add(location);
  const auto folder = fs::path(plan.staging) / "index" / digest.hex().substr(0, 12);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return tl::unexpected<Error>(disk_error(folder, "make", error.value()));
  chmod(folder.parent_path().c_str(), S_IRWXU);
  return folder;
}

/// The newest ones stay, and drafts that a killed process left go once they are a day old.
void remove_old(const fs::path& folder) {
  std::vector<std::pair<fs::file_time_type, fs::path>> indexes;
  std::error_code error;
  const auto a_day_ago = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;
    const auto written = entry->last_write_time(gone);
    if (gone) continue;
    if (entry->path().extension() == ".index")
      indexes.emplace_back(written, entry->path());
    else if (written < a_day_ago)
      fs::remove(entry->path(), gone);
  }
  std::sort(indexes.rbegin(), indexes.rend());
  for (std::size_t i = kKept; i < indexes.size(); ++i) fs::remove(indexes[i].second, error);
}

/// What the ledger tells of the day; when it was decided is when it was loaded.
Status add_ledger(const TableAt& table, Date day, IndexInfo& info) {
  TRY_ASSIGN(const auto ledger, Ledger::read(table));
  std::int64_t decided = 0;
  for (const auto& row : ledger.rows()) {
    if (row.data_carga != day || !row.published()) continue;
    info.canais.push_back({row.canal, row.source, row.decision, row.in_force_since});
    decided = std::max(decided, row.decided_ms);
  }
  std::sort(info.canais.begin(), info.canais.end(), [](const auto& a, const auto& b) {
    return std::tie(a.canal, a.source) < std::tie(b.canal, b.source);
  });
  if (decided > 0) info.loaded_ms = std::min(info.loaded_ms, decided);
  return {};
}

/// Why the file that is there is not the index of `table`; empty: it is.
std::string why_not_of(const IndexInfo& there, const Snapshot& table, const Plan& plan) {
  if (there.location != table.location || there.table_id != table.table_id)
    return "the index that was there is of another table";
  if (there.version != table.version)
    return fmt::format("the table is at version {}, the index of version {}", table.version,
                       there.version);
  if (there.has_cpf != !plan.identity.cpf.empty()) return "`identity.cpf` changed";
  return {};
}

Status build_from(std::shared_ptr<const Snapshot> table, const TableAt& at, const Plan& plan,
                  const fs::path& file, Date day, const HashSecret& secret,
                  const OpenIndex& options) {
  IndexBuild build;
  build.file = file;
  build.secret = secret;
  build.info.location = table->location;
  build.info.table_id = table->table_id;
  build.info.version = table->version;
  build.info.data_carga = day;
  build.info.loaded_ms = table->timestamp_ms;
  build.info.has_cpf = !plan.identity.cpf.empty();
  TRY_STATUS(add_ledger(at, day, build.info));
  build.rows = {std::move(table), day, plan.identity.cpf, {}, threads_for(options.threads),
                options.stop};
  build.rows.work_folder = file.parent_path() / fmt::format("work-{}-{}", getpid(), now_ms());
  const auto status = build_index(build);
  std::error_code ignored;
  fs::remove_all(build.rows.work_folder, ignored);
  if (status) remove_old(file.parent_path());
  return status;
}

}  // namespace

Result<OpenedIndex> open_index(const Plan& plan, const TableAt& at, const OpenIndex& options) {
  OpenedIndex out;
  TRY_ASSIGN(auto snapshot, read_snapshot(at));
  if (!snapshot) {
    out.why = Unknown::no_table;
    return out;
  }
  const auto table = std::make_shared<const Snapshot>(std::move(*snapshot));
  const auto day = day_to_answer(*table, plan, options);
  if (!day) {
    out.why = table->files.empty() && !options.on ? Unknown::no_table : Unknown::no_load;
    return out;
  }
  TRY_ASSIGN(const auto folder, index_folder(plan, table->location));
  TRY_ASSIGN(const auto secret, secret_in(folder.parent_path()));
  const auto file = folder / (day->iso() + ".index");
  auto there = MappedIndex::open(file, secret);
  if (there) {
    out.built_because = why_not_of((*there)->info(), *table, plan);
    if (out.built_because.empty()) {
      out.index = std::move(*there);
      return out;
    }
  } else if (there.error().kind == ErrorKind::data || there.error().kind == ErrorKind::missing) {
    out.built_because = there.error().what;
  } else {
    return fail_with(std::move(there));
  }
  TRY_STATUS(build_from(table, at, plan, file, *day, secret, options));
  TRY_ASSIGN(out.index, MappedIndex::open(file, secret));
  return out;
}

Unknown freshness(const Plan& plan, const IndexInfo& info, std::int64_t now_ms) {
  const auto next_day = parse_timestamp_ms(Date(info.data_carga.days() + 1).iso(), plan.timezone);
  const auto since = next_day ? std::min(info.loaded_ms, *next_day) : info.loaded_ms;
  return now_ms - since > plan.check.max_age_hours * kHour ? Unknown::stale : Unknown::none;
}

}  // namespace quarentena
