#include "run/rejects.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/slashes.h"
#include "run/partition_path.h"
#include "store/object_store.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

/// Their names hold their run's id, so one that is here is the one that is there.
Result<std::vector<Download>> missing_here(const std::vector<StoredObject>& there,
                                           const std::string& beginning, const fs::path& folder) {
  std::vector<Download> downloads;
  std::set<fs::path> wanted;
  std::error_code error;
  for (const auto& object : there) {
    const auto target = (folder / object.path.substr(beginning.size())).lexically_normal();
    if (target.string().rfind(folder.string(), 0) != 0) continue;
    wanted.insert(target);
    if (fs::exists(target, error)) continue;
    fs::create_directories(target.parent_path(), error);
    if (error) return cannot("create", target.parent_path(), error);
    downloads.push_back({object, target});
  }
  std::vector<fs::path> gone;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error))
    if (entry.is_regular_file(error) && !wanted.count(entry.path())) gone.push_back(entry.path());
  for (const auto& path : gone) fs::remove(path, error);
  return downloads;
}

std::string day_of(const RejectsOfRun& run) { return "data_carga=" + run.data_carga.iso(); }

Status replace_all(TableStore& store, const RejectsOfRun& run, const std::vector<CanalLoad>& canais,
                   const std::vector<CanalLoaded>& loaded) {
  std::set<std::string> partitions;
  for (std::size_t i = 0; i < canais.size(); ++i) {
    const auto partition = partition_path(run.data_carga, canais[i].canal);
    TRY_STATUS(store.replace_rejects(loaded[i].rejects, partition,
                                     fmt::format("rejects-{}.parquet", run.run_id)));
    partitions.insert(partition);
  }
  if (run.others == ReplaceDay::Others::keep) return {};
  return store.remove_other_rejects(day_of(run), partitions);
}

}  // namespace

std::string rejects_location(std::string table) {
  return path_without_slash(std::move(table)) + "_rejects";
}

Result<fs::path> rejects_folder(const TableAt& at, const fs::path& staging) {
  if (!at.store) return fs::path(rejects_location(at.location));
  const auto beginning = rejects_location(split_store_path(at.location).path) + "/";
  const auto folder = (staging / "rejects").lexically_normal();
  TRY_ASSIGN(const auto there, at.store->list(beginning));
  TRY_ASSIGN(const auto downloads, missing_here(there, beginning, folder));
  if (!downloads.empty()) TRY_STATUS(at.store->download(downloads));
  return folder;
}

Status keep_rejects(TableStore& store, const RejectsOfRun& run,
                    const std::vector<CanalLoad>& canais, const std::vector<CanalLoaded>& loaded,
                    std::string& day_folder) {
  auto kept = replace_all(store, run, canais, loaded);
  if (!kept) {
    auto error = std::move(kept.error());
    error.what =
        fmt::format("the day is published, but its rejects cannot be kept: {}", error.what);
    error.hint = "run again with --force once that is mended";
    return tl::unexpected<Error>(std::move(error));
  }
  const bool any = std::any_of(loaded.begin(), loaded.end(),
                               [](const auto& canal) { return !canal.rejects.empty(); });
  if (any) day_folder = rejects_location(run.table) + "/" + day_of(run);
  return {};
}

}  // namespace quarentena
