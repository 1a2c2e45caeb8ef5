#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "table/table.h"

/// Every row of one day of the published table, in columns and from several threads: for who makes
/// something of the whole day.
namespace quarentena {

/// Rows of one canal, at most a few thousand. Texts live as long as the call that gives them.
struct DayRows {
  static constexpr std::int32_t kNoDay = INT32_MIN;
  std::size_t canal = 0;  ///< position in DayScan::canais
  std::size_t size = 0;
  // A column each, `size` long; data() == nullptr is NULL.
  std::vector<std::string_view> id_cliente, email, telefone;
  std::vector<std::string_view> cpf;  ///< of DayScan::cpf_column; empty without one
  std::vector<std::int32_t> data_envio, saida_prevista;  ///< days since 1970-01-01, or kNoDay
};

struct DayScan {
  std::shared_ptr<const Snapshot> table;
  Date day;
  std::string cpf_column;             ///< empty: none
  std::filesystem::path work_folder;  ///< files of another place are brought there; it is made
  std::size_t threads = 1;
  const std::atomic<bool>* stop = nullptr;  ///< may be null

  /// Of that day, by name.
  std::vector<std::string> canais() const;
};

/// Calls `each` for every row, from up to `threads` threads at once, in no order. Errors: those of
/// reading the table; machine (stopped, disk full).
Status scan_day(const DayScan& scan, const std::function<void(const DayRows&)>& each);

}  // namespace quarentena
