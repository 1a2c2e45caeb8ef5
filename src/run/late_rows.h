#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/table_query.h"
#include "run/source_day.h"
#include "trust/ledger.h"

namespace quarentena {

/// Clients of a canal who should have been in quarantine on days of the past.
struct LateOfCanal {
  std::string canal;
  std::int64_t clients = 0;
  std::int64_t client_days = 0;  ///< days missed, of all of them
};

/// Rows that first came in a delivery accepted on a later day, though by their data_envio and
/// period they held on a day before, when their client was not in that canal. A row that had come
/// before, and was gone from an accepted delivery, is no late one: that released its client.
class LateSearch {
 public:
  /// `folder`: where it writes meanwhile. All must outlive it; `stop` may be null.
  LateSearch(const Plan& plan, const KeptDeliveries& kept, std::filesystem::path folder,
             const std::atomic<bool>* stop)
      : plan_(plan), kept_(kept), folder_(std::move(folder)), stop_(stop) {}

  /// Reads every accepted delivery that may hold rows of the days from..to: those accepted until
  /// the period after `to` is over. Under `until_removed`, all.
  Status read_deliveries(const Ledger& ledger, Date from, Date to);

  /// Looks for late rows on `days`. `there` is a relation of the session: who was in quarantine
  /// (data_carga, canal, id_cliente).
  Status find(TableQuery& session, const std::vector<Date>& days, const std::string& there);

  const std::vector<LateOfCanal>& canais() const { return canais_; }
  /// Later deliveries that are not kept any more: what they brought is not known.
  int not_kept() const { return not_kept_; }
  /// canal, id_cliente, data_envio, first_delivered, days_missed, missed; readable by its owner
  /// only.
  Status write_csv(TableQuery& session, const std::filesystem::path& file) const;
  /// The day's late rows, one a source that has some.
  Result<std::vector<LateRows>> rows_of(TableQuery& session, Date day) const;

 private:
  Status read_source(Engine& engine, const Ledger& ledger, const Source& source, Date from,
                     Date to);
  Status read_delivery(Engine& engine, const Ledger& ledger, const Source& source,
                       const LedgerRow& row, const Delivery& delivery);
  Result<std::optional<LateRows>> rows_of(TableQuery& session, Date day,
                                          const Source& source) const;
  std::string delivered() const;

  const Plan& plan_;
  const KeptDeliveries& kept_;
  std::filesystem::path folder_;
  const std::atomic<bool>* stop_;
  std::vector<std::string> files_;
  std::vector<LateOfCanal> canais_;
  int not_kept_ = 0;
};

}  // namespace quarentena
