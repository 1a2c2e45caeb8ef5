#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace quarentena {

/// `<table>_rejects`: Parquet files with source, file, row, column, value, reason, in a folder a
/// day and canal (`data_carga=2024-05-28/canal=CRM`).
std::filesystem::path rejects_folder(const std::string& table);

/// Puts a published run's rejects in place of those of earlier runs of the same day and canais.
/// `day_folder` gets the day's folder, or stays empty when nothing was rejected.
Status keep_rejects(const std::string& table, Date data_carga, const std::string& run_id,
                    const std::vector<CanalLoad>& canais, const std::vector<CanalLoaded>& loaded,
                    std::string& day_folder);

}  // namespace quarentena
