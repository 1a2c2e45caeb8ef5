#pragma once

#include <string>

#include "trust/ledger.h"

/// Rows that the tests of src/trust share.
namespace quarentena {

inline const Date kDay = *Date::parse_iso("2024-05-28");
inline const Date kDayBefore = *Date::parse_iso("2024-05-27");

/// Every column holds something of its own.
inline LedgerRow full_row(Date day, const std::string& source) {
  LedgerRow row;
  row.data_carga = day;
  row.source = source;
  row.canal = "CRM";
  row.status = SourceStatus::late;
  row.decision = Decision::carried;
  row.reason = "its newest row is of 2024-05-20";
  row.expected = "rows of the day";
  row.location = "sftp://host/Export/ação.csv";
  row.files = R"([{"name":"crm.csv","size_bytes":10}])";
  row.digest = "abc";
  row.size_bytes = 10;
  row.modified_ms = 1716852600123;
  row.rows_read = 5;
  row.rows_counted = 4;
  row.rows_rejected = 0;
  row.newest_data_envio = *Date::parse_iso("2024-05-20");
  row.columns = R"({"id":"string"})";
  row.in_force = "2024-05-27/crm";
  row.in_force_since = kDayBefore;
  row.late_rows = "0123456789abcdef";
  row.rows_quarantined = 3;
  row.dias = 30;
  row.run_id = "r1";
  row.decided_ms = 1716900000456;
  row.approved = R"({"canal":"CRM"})";
  return row;
}

/// Nothing came, nothing is in force.
inline LedgerRow bare_row(Date day, const std::string& source) {
  LedgerRow row;
  row.data_carga = day;
  row.source = source;
  return row;
}

}  // namespace quarentena
