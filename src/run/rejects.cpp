#include "run/rejects.h"

#include <fmt/format.h>

#include <set>

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

}  // namespace

std::string rejects_location(std::string table) {
  while (table.size() > 1 && table.ends_with('/')) table.pop_back();
  return table + "_rejects";
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

Status keep_rejects(TableStore& store, const std::string& table, Date data_carga,
                    const std::string& run_id, const std::vector<CanalLoad>& canais,
                    const std::vector<CanalLoaded>& loaded, std::string& day_folder) {
  for (std::size_t i = 0; i < canais.size(); ++i) {
    const auto partition = partition_path(data_carga, canais[i].canal);
    auto kept = store.replace_rejects(loaded[i].rejects, partition,
                                      fmt::format("rejects-{}.parquet", run_id));
    if (!kept) {
      auto error = std::move(kept.error());
      error.what =
          fmt::format("the day is published, but its rejects cannot be kept: {}", error.what);
      error.hint = "run again with --force once that is mended";
      return tl::unexpected<Error>(std::move(error));
    }
    if (!loaded[i].rejects.empty())
      day_folder = rejects_location(table) + "/data_carga=" + data_carga.iso();
  }
  return {};
}

}  // namespace quarentena
