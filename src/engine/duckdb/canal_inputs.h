#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/duckdb/relation.h"
#include "engine/duckdb/tally.h"

/// A canal's deliveries on their way through an engine, and what became of their rows.
namespace quarentena::duck {

using Relations = std::vector<std::unique_ptr<DeliveredRelation>>;  ///< as CanalLoad::sources

/// As DeliveredRelation::create.
Result<Relations> open_relations(Connection& connection, const CanalLoad& load,
                                 const std::string& only_id_cliente = {});

std::vector<SourceRules> rules_of(const Relations& relations);

/// As Engine::copy_table.
Result<std::vector<DeltaColumn>> copy_table(Connection& connection, const SourceLoad& load,
                                            const std::filesystem::path& file);

/// Once their rows were read. A json path that no record had is a renamed key, not a file full of
/// NULLs: data.
Status check_paths_seen(const Relations& relations);

/// Fills `loaded.inputs` from the tally and from the records that never reached the query, whose
/// rejects are added to the tally's. Errors: bug, when a row is in no count.
Status account(const CanalLoad& load, const Relations& relations, Tally& tally,
               CanalLoaded& loaded);

/// The tally's rejects as the canal's file of rejects; none when there are none. `more` is a query
/// of further ones: source (position), file, row, column, value, reason.
Status write_rejects(Connection& connection, const CanalLoad& load, const Tally& tally,
                     CanalLoaded& loaded, const std::string& more = {});

}  // namespace quarentena::duck
