#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "run/table_store.h"

namespace quarentena {

/// `<table>_rejects`: Parquet files with source, file, row, column, value, reason, in a folder a
/// day and canal (`data_carga=2024-05-28/canal=CRM`).
std::string rejects_location(std::string table);

/// The same as a folder of this machine: what is on an object store is brought to `<staging>`, each
/// file once.
Result<std::filesystem::path> rejects_folder(const TableAt& at,
                                             const std::filesystem::path& staging);

struct RejectsOfRun {
  std::string table;
  Date data_carga;
  std::string run_id;
  ReplaceDay::Others
      others;  ///< remove: the rejects of the day's other canais go, as their rows do
};

/// Puts a published run's rejects in place of those of earlier runs of the same day and canais.
/// `day_folder` gets the day's folder under `table`'s rejects, or stays empty when nothing was
/// rejected.
Status keep_rejects(TableStore& store, const RejectsOfRun& run,
                    const std::vector<CanalLoad>& canais, const std::vector<CanalLoaded>& loaded,
                    std::string& day_folder);

}  // namespace quarentena
