#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "table/table.h"
#include "trust/ledger_row.h"

/// `<table>_fontes`: the source ledger, a Delta table beside the main one.
namespace quarentena {

/// `<table>_fontes`, on the same store.
TableAt ledger_at(const TableAt& table);

/// The ledger is a view of decisions of which the main table's log is the authority: a commit that
/// publishes a day carries its rows in its commitInfo (kLedgerInfo), then they are recorded here.
/// A run that dies between the two is made good by the next open(), so the two never disagree for
/// whoever reads through this class. Decisions that publish nothing are recorded only here.
class Ledger {
 public:
  /// Reads it, after recording what the main table's log has and it has not. An absent ledger is an
  /// empty one.
  static Result<Ledger> open(const TableAt& table);
  /// The same rows for who only reads: nothing is written.
  static Result<Ledger> read(const TableAt& table);
  /// What the main table's log has and the ledger's own table has not, because a run died between
  /// the two: rows that take the place of those of the same days and sources.
  static Result<std::vector<LedgerRow>> unrecorded(const TableAt& table);

  /// By day, then source.
  const std::vector<LedgerRow>& rows() const { return rows_; }
  /// The row of a source on a day; null: none.
  const LedgerRow* find(Date day, const std::string& source) const;
  /// Of the days before `before`, newest first.
  std::vector<const LedgerRow*> history(const std::string& source, Date before) const;

  /// Puts `rows` in place of those of the same days and sources, in one commit. `table_version` is
  /// the main table's version whose commitInfo carries them; absent: they published nothing.
  /// Another writer's commit is merged with. The same rows again (but for run and time) commit
  /// nothing, nor do those of a version that somebody recorded already from the log.
  /// Errors: conflict (others kept committing first), transient, machine. Pointers that find() and
  /// history() gave end.
  Status record(const std::vector<LedgerRow>& rows, std::optional<std::int64_t> table_version);

 private:
  explicit Ledger(const TableAt& table);
  Status reload();
  Result<std::vector<LedgerRow>> logged(std::optional<std::int64_t> before) const;
  Result<bool> commit(const std::vector<LedgerRow>& rows, std::int64_t recorded,
                      const std::string& run_id);

  TableAt table_;
  TableAt at_;
  std::int64_t version_ = -1;   // of the ledger; -1: absent
  std::int64_t recorded_ = -1;  // the main table's version up to which its log is in rows_
  std::vector<LedgerRow> rows_;
};

/// The key of commitInfo, and the value for it.
inline constexpr const char* kLedgerInfo = "sourceLedger";
std::string ledger_info(const std::vector<LedgerRow>& rows);
Result<std::vector<LedgerRow>> rows_of_ledger_info(const std::string& text);

}  // namespace quarentena
