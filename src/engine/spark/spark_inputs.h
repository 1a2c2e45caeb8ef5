#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/duckdb/canal_inputs.h"
#include "engine/engine.h"
#include "engine/spark/exchange.h"

namespace quarentena::spark {

/// What is done with the rows of deliveries that Spark cannot read itself.
enum class Staging {
  rows,   ///< read here, written as Parquet where Spark reads them
  shape,  ///< only their columns count: the SQL is to be checked or shown
};

/// A canal's deliveries as relations of Spark SQL. Delta tables are read by Spark where they are,
/// at the version that was accepted; files are read here, by the readers of the embedded engine,
/// and staged: one reader of spreadsheets, one of csv, whatever runs the rules.
struct SparkInputs {
  duck::Relations relations;       ///< the deliveries as they are read here
  std::vector<SourceRules> rules;  ///< over the relations of with()
  std::vector<std::string> selects;

  /// "WITH `source_crm` AS (...), ...": before a query over the relations.
  std::string with() const;
};

struct InputsWay {
  const Exchange& exchange;
  Reader reader = Reader::hadoop;
  Staging staging = Staging::rows;
  fs::path folder = {};  ///< staged files are new in it
  std::string only_id_cliente = {};
};
/// Errors as Engine::load().
Result<SparkInputs> open_inputs(duck::Connection& connection, const CanalLoad& load,
                                const InputsWay& way);

}  // namespace quarentena::spark
