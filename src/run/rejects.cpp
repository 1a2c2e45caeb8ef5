#include "run/rejects.h"

#include <fmt/format.h>

#include "run/partition_path.h"

namespace quarentena {
namespace fs = std::filesystem;

fs::path rejects_folder(const std::string& table) { return table + "_rejects"; }

Status keep_rejects(const std::string& table, Date data_carga, const std::string& run_id,
                    const std::vector<CanalLoad>& canais, const std::vector<CanalLoaded>& loaded,
                    std::string& day_folder) {
  const auto root = rejects_folder(table);
  std::error_code error;
  for (std::size_t i = 0; i < canais.size() && !error; ++i) {
    const auto folder = root / partition_path(data_carga, canais[i].canal);
    fs::remove_all(folder, error);
    if (error || loaded[i].rejects.empty()) continue;
    fs::create_directories(folder, error);
    if (!error)
      fs::rename(loaded[i].rejects, folder / fmt::format("rejects-{}.parquet", run_id), error);
    day_folder = folder.parent_path().string();
  }
  if (error)
    return fail(ErrorKind::machine,
                fmt::format("the day is published, but its rejects cannot be written to {}: {}",
                            root.string(), error.message()),
                "mend the disk or its permissions and run again");
  return {};
}

}  // namespace quarentena
