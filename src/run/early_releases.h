#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "table/table.h"
#include "trust/ledger.h"

namespace quarentena {

/// What a run is about to publish, to be compared with the day before.
struct AboutToPublish {
  TableAt table;
  Date data_carga;
  const std::vector<CanalLoad>& canais;
  const std::vector<CanalLoaded>& loaded;  ///< as canais
  const Ledger& ledger;
  bool whole_day = true;            ///< canais that are not in `canais` leave the day
  bool engine_reads_table = false;  ///< places_rows(): nothing of the table has to come here
  std::filesystem::path folder;     ///< for files of a table that is elsewhere
  std::size_t threads = 1;
  StopFlag stop = nullptr;
};

struct CanalReleases {
  CanalLoad load;          ///< what is in force; without inputs when the canal left
  bool configured = true;  ///< the run loaded it
  ReleaseCheck check;
  ReleaseCount count;
};

/// Of each canal of the run and, of a whole day, of each that only the day before has; by name.
/// That day is the table's latest before `data_carga`; without one nobody can leave.
Result<std::vector<CanalReleases>> count_early_releases(Engine& engine, const AboutToPublish& day);

/// The list of a held run: canal, id_cliente, data_envio, saida_prevista, sources, reason; only its
/// owner reads it. Calls `each` for every line. Replaces what is there.
Status write_releases(Engine& engine, const std::vector<CanalReleases>& canais,
                      const std::filesystem::path& file,
                      const std::function<void(const std::string& canal, const EarlyRelease&,
                                               const std::string& reason)>& each);

}  // namespace quarentena
