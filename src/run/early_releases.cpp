#include "run/early_releases.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/csv_record.h"
#include "base/parallel.h"
#include "run/fingerprint.h"
#include "run/private_file.h"
#include "trust/brake.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

/// The table's latest day before another.
struct DayBefore {
  Date day;
  std::shared_ptr<const Snapshot> table;
  std::vector<DeltaFile> files;  ///< of that day
  std::map<std::string, std::int64_t> fingerprints;

  std::set<std::string> canais() const {
    std::set<std::string> out;
    for (const auto& file : files)
      if (auto canal = file.partition_value("canal")) out.insert(std::move(*canal));
    return out;
  }
};

Result<std::optional<DayBefore>> day_before(const AboutToPublish& today) {
  TRY_ASSIGN(auto snapshot, read_snapshot(today.table));
  if (!snapshot) return std::nullopt;
  DayBefore before;
  const auto day_of = [](const DeltaFile& file) {
    const auto text = file.partition_value("data_carga");
    return text ? Date::parse_iso(*text) : std::nullopt;
  };
  std::optional<Date> latest;
  for (const auto& file : snapshot->files) {
    const auto day = day_of(file);
    if (day && *day < today.data_carga && (!latest || *latest < *day)) latest = day;
  }
  if (!latest) return std::nullopt;
  before.day = *latest;
  for (const auto& file : snapshot->files)
    if (day_of(file) == latest) before.files.push_back(file);
  before.table = std::make_shared<const Snapshot>(std::move(*snapshot));
  std::vector<std::string> names;
  for (const auto& canal : today.canais) names.push_back(canal.canal);
  TRY_ASSIGN(auto day, read_day(today.table, before.day, names));
  if (day) before.fingerprints = std::move(day->fingerprints);
  return before;
}

/// Whether the same rows of a delivery count on another day than `then`; a condition that calls a
/// function may ask the clock.
bool condition_holds_still(const Source& source, bool other_as_of) {
  auto where = source.where;
  std::transform(where.begin(), where.end(), where.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto has = [&](const char* word) { return where.find(word) != std::string::npos; };
  return !has("(") && !has("current_") && !has("localtime") &&
         !(other_as_of && source.depends_on_day());
}

/// The day before was made from the same deliveries by the same rules: then who is absent now has
/// left because the period is over.
bool made_from_the_same(const CanalLoad& load, const DayBefore& before, const Ledger& ledger) {
  const auto there = before.fingerprints.find(load.canal);
  if (there == before.fingerprints.end() || load.sources.empty()) return false;
  auto then = load;
  then.data_carga = before.day;
  for (auto& input : then.sources) {
    const bool of_today = input.as_of == load.data_carga;
    if (!condition_holds_still(*input.source, of_today)) return false;
    if (!of_today) continue;
    const auto* row = ledger.find(before.day, input.source->name);
    if (row == nullptr || !row->in_force_since) return false;
    input.as_of = *row->in_force_since;
  }
  const auto value = fingerprint(then);
  return there->second == value || there->second == left_empty(value);
}

/// Files of another place are brought here; those with deleted rows are left to the table's scan,
/// and a table that the engine writes to is left to it.
Status find_rows_before(CanalReleases& canal, const DayBefore& before, const AboutToPublish& today,
                        std::size_t index) {
  std::vector<const DeltaFile*> files;
  for (const auto& file : before.files)
    if (file.partition_value("canal") == canal.load.canal) files.push_back(&file);
  if (files.empty()) return {};
  const bool plain = before.table->plain_columns &&
                     std::none_of(files.begin(), files.end(),
                                  [](const auto* file) { return file->deletion_vector; });
  if (!plain || today.engine_reads_table) {
    canal.check.table = before.table;
    return {};
  }
  std::vector<Download> downloads;
  for (const auto* file : files) {
    auto& path = canal.check.files.emplace_back(file->path);
    if (!today.table.store) continue;
    path = today.folder / fmt::format("before-{}-{}.parquet", index, downloads.size());
    downloads.push_back({{split_store_path(file->path).path, file->size_bytes, {}, 0}, path});
  }
  return downloads.empty() ? Status{} : today.table.store->download(downloads, today.stop);
}

std::vector<CanalReleases> canais_of(const AboutToPublish& today, const DayBefore& before) {
  std::vector<CanalReleases> out;
  auto only_before = before.canais();
  for (std::size_t i = 0; i < today.canais.size(); ++i) {
    const auto& load = today.canais[i];
    auto& canal = out.emplace_back();
    canal.load = load;
    only_before.erase(load.canal);
    canal.check.now_in_table = today.loaded[i].in_table;
    if (!canal.check.now_in_table.empty()) continue;
    for (const auto& file : today.loaded[i].files)
      canal.check.now.push_back(load.folder / file.path);
  }
  for (const auto& name : only_before) {
    if (!today.whole_day) break;
    auto& canal = out.emplace_back();
    canal.load.canal = name;
    canal.load.data_carga = today.data_carga;
    canal.configured = false;
  }
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.load.canal < b.load.canal; });
  return out;
}

std::optional<std::string> iso(const std::optional<Date>& day) {
  return day ? std::optional(day->iso()) : std::nullopt;
}

/// Absent: the canal left the day.
std::optional<std::string> sources_of(const CanalLoad& load) {
  std::string out;
  std::set<std::string> seen;
  for (const auto& input : load.sources)
    if (seen.insert(input.source->name).second)
      out += (out.empty() ? "" : " ") + input.source->name;
  return out.empty() ? std::nullopt : std::optional(out);
}

}  // namespace

Result<std::vector<CanalReleases>> count_early_releases(Engine& engine,
                                                        const AboutToPublish& today) {
  TRY_ASSIGN(const auto before, day_before(today));
  if (!before) return std::vector<CanalReleases>{};
  auto canais = canais_of(today, *before);
  const auto count = [&](std::size_t i) -> Status {
    auto& canal = canais[i];
    canal.check.canal = canal.load.canal;
    canal.check.data_carga = today.data_carga;
    canal.check.before = before->day;
    const bool same = canal.configured && made_from_the_same(canal.load, *before, today.ledger);
    canal.check.made = same ? ReleaseCheck::Made::from_the_same : ReleaseCheck::Made::anew;
    TRY_STATUS(find_rows_before(canal, *before, today, i));
    if (canal.check.files.empty() && !canal.check.table) return {};
    TRY_ASSIGN(canal.count, engine.count_early_releases(canal.check));
    return {};
  };
  TRY_STATUS(combined(in_parallel(canais.size(), today.threads, count)));
  return canais;
}

Status write_releases(
    Engine& engine, const std::vector<CanalReleases>& canais, const fs::path& path,
    const std::function<void(const std::string&, const EarlyRelease&, const std::string&)>& each) {
  PrivateFile file(path);
  file.write("canal,id_cliente,data_envio,saida_prevista,sources,reason\n");
  for (const auto& canal : canais) {
    const auto sources = sources_of(canal.load);
    const auto line = [&](const EarlyRelease& one) {
      const auto reason = why_released(one, canal.load, canal.configured);
      file.write(csv_record({canal.load.canal, one.id_cliente, iso(one.data_envio),
                             iso(one.saida_prevista), sources, reason}));
      each(canal.load.canal, one, reason);
    };
    TRY_STATUS(engine.list_early_releases(canal.check, canal.load, line));
  }
  return file.close();
}

}  // namespace quarentena
