#pragma once

#include <string>
#include <vector>

#include "base/date.h"
#include "config/plan.h"
#include "rules/dialect.h"

/// A canal's rules as one SQL query. Pure: Plan in, text out; the engine names the relations.
namespace quarentena {

/// A delivered column as the engine offers it.
struct RelationColumn {
  std::string path;   ///< as the configuration names it: `email`, `contatos.email`
  std::string sql;    ///< the expression that reads it from the relation
  ColumnType type = ColumnType::text;
  bool trimmed = false;   ///< text that comes without outer blanks, and NULL when empty
};

/// A delivered source as the engine offers it: a relation with `__file` (text) and `__row` (integer,
/// 1-based) beside its columns.
struct Relation {
  std::string name;                      ///< the SQL name: `source_crm`
  std::vector<RelationColumn> columns;   ///< at least those the mapping and `where` need
};

struct SourceRules {
  const Source* source = nullptr;
  Relation relation;
  std::vector<std::string> where_columns;  ///< paths that source->where reads, data_carga left out
};

/// The query for one canal, fed by one or more sources, on one day. Its rows are groups:
///   status          'filtered' | 'rejected' | 'future' | 'expired' | 'candidate'
///   id_cliente      of a candidate, else NULL
///   best            of a candidate: struct(email, telefone, assunto, data_envio, source)
///   rows_<i>        how many delivered rows of source i (its position in `sources`) are in the group
///   rejects         list of struct(source, file, row, column, value, reason); NULL without rejects
/// One candidate group is one row of quarentena_global: DESIGN rule 3 (one row per id_cliente and
/// canal) is `best`, rule 4 (every row in exactly one count) is status and rows_<i>.
std::string canal_query(const std::vector<SourceRules>& sources, Date data_carga,
                        const std::string& timezone, const Dialect& dialect);

/// The table's rows, in its columns' order, from the groups in the relation `groups` for which
/// `kept` holds (`status = 'candidate'`, or an engine's own way to say it).
std::string published_rows(const std::string& groups, const std::string& kept, const std::string& canal,
                           const Period& period, Date data_carga, const Dialect& dialect);

}  // namespace quarentena
