#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "config/plan.h"
#include "rules/dialect.h"

/// A canal's rules as one SQL query. Pure: Plan in, text out; the engine names the relations.
namespace quarentena {

/// A delivered column as the engine offers it.
struct RelationColumn {
  std::string path;  ///< as the configuration names it: `email`, `contatos.email`
  std::string sql;   ///< the expression that reads it from the relation
  ColumnType type = ColumnType::text;
  bool trimmed = false;  ///< text that comes without outer blanks, and NULL when empty
};

/// A delivered source as the engine offers it: a relation with `__file` (text) and `__row`
/// (integer, 1-based) beside its columns.
struct Relation {
  std::string name;                     ///< the SQL name: `source_crm`
  std::vector<RelationColumn> columns;  ///< at least those the mapping and `where` need
};

/// Only rows sent in [from, before) belong to an input. A row without a usable date belongs to the
/// one whose `before` is open.
struct SentBetween {
  std::optional<Date> from, before;
};

/// What the rules must know of a load.
struct LoadDay {
  std::string canal;
  Date data_carga;
  std::string timezone;
};

/// One input of a canal: a delivery of a source, and how it counts on the day.
struct SourceRules {
  const Source* source = nullptr;
  Relation relation;
  std::vector<std::string> where_columns;  ///< paths that source->where reads, data_carga left out
  /// What `data_carga` is in `where`: the day the delivery was accepted for. A delivery carried
  /// forward keeps its own day there, while qtd_dias and the period go by the day of the load.
  Date as_of;
  Period period;
  SentBetween sent;
};

/// The query for one canal, fed by one or more sources, on one day. Its rows are groups:
///   status          'filtered' | 'rejected' | 'future' | 'expired' | 'candidate'
///   id_cliente      of a candidate, else NULL
///   best            struct(email, telefone, assunto, data_envio, source) of the row that leaves
///   last rows_<i>        how many delivered rows of input i (its position in `inputs`) are in the
///   group newest_<i>      the latest data_envio among them; only when there are several inputs
///   rejects         list of struct(source, file, row, column, value, reason); NULL without rejects
/// One candidate group is one row of quarentena_global: DESIGN rule 3 (one row per id_cliente and
/// canal) is `best`, rule 4 (every row in exactly one count) is status and rows_<i>.
/// Inputs of different periods (`applies: from_now`) are compared by the day they leave: `best`
/// holds their dates moved by period_shift().
std::string canal_query(const std::vector<SourceRules>& inputs, const LoadDay& day,
                        const Dialect& dialect);

/// The table's rows, in its columns' order, from the groups in the relation `groups` for which
/// `kept` holds (`status = 'candidate'`, or an engine's own way to say it).
std::string published_rows(const std::string& groups, const std::string& kept,
                           const std::vector<SourceRules>& inputs, const LoadDay& day,
                           const Dialect& dialect);

/// The rejected rows alone, as canal_query() lists them: source (position), file, row, column,
/// value, reason. For an engine in which one list of them would be too long.
std::string rejected_rows(const std::vector<SourceRules>& inputs, const LoadDay& day,
                          const Dialect& dialect);

/// By how many days the dates of input `i` are moved in `best`: 0 when all periods are equal.
int period_shift(const std::vector<SourceRules>& inputs, std::size_t i);

/// Every delivered row of the inputs, standardised and judged, before groups are made of them:
/// source (position), file, row, id_cliente, email, telefone, assunto, data_envio, data_envio_text,
/// status.
std::string judged_rows(const std::vector<SourceRules>& inputs, const LoadDay& day,
                        const Dialect& dialect);

}  // namespace quarentena
