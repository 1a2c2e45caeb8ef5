#pragma once

#include <string>
#include <vector>

#include "config/plan.h"
#include "engine/engine.h"
#include "run/explain.h"
#include "staging/kept_deliveries.h"
#include "trust/ledger.h"

/// What the deliveries in force on a day hold of one client. Internal to explain.
namespace quarentena {

struct EvidenceAsked {
  const Plan* plan = nullptr;
  const Ledger* ledger = nullptr;
  const KeptDeliveries* kept = nullptr;
  Date day;
  std::string id_cliente;
  const std::atomic<bool>* stop = nullptr;
};

struct Evidence {
  std::vector<EvidenceSource> sources;
  std::vector<EvidenceRow> rows;  ///< judged; the one that counts first
};

/// Opens the kept deliveries of the canal's sources and reads the client's rows. What cannot be
/// read is told in the sources. May be called from several threads for different canais.
Evidence evidence_of(Engine& engine, const EvidenceAsked& asked, const std::string& canal);

/// `2024-05-20 + 30 days = 2024-06-19 >= 2024-05-28`.
std::string arithmetic(Date data_envio, int dias, Date day);

}  // namespace quarentena
