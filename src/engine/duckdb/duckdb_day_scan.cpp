#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "engine/day_scan.h"
#include "engine/duckdb/database.h"
#include "engine/duckdb/delta_rows.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

using duck::identifier;
using duck::literal;

using Each = std::function<void(const DayRows&)>;

struct Receiver {
  const Each& each;
  const std::atomic<bool>* stop;
  bool stopped() const { return stop != nullptr && *stop; }
};

/// Of a column: out[row] is what `value` makes of row's, or `null`.
template <class Cell, class T, class Value>
void column(duckdb_data_chunk chunk, idx_t number, std::size_t size, const T& null,
            std::vector<T>& out, const Value& value) {
  auto* vector = duckdb_data_chunk_get_vector(chunk, number);
  const auto* cells = static_cast<const Cell*>(duckdb_vector_get_data(vector));
  const auto* valid = duckdb_vector_get_validity(vector);  // null: all are
  out.resize(size);
  for (std::size_t row = 0; row < size; ++row)
    out[row] =
        valid == nullptr || (valid[row / 64] >> row % 64 & 1) != 0 ? value(cells[row]) : null;
}

void texts(duckdb_data_chunk chunk, idx_t number, std::size_t size,
           std::vector<std::string_view>& out) {
  column<duckdb_string_t>(chunk, number, size, {}, out, [](const duckdb_string_t& cell) {
    const auto& text = cell.value;
    const bool here = text.inlined.length <= sizeof(text.inlined.inlined);
    return std::string_view(here ? text.inlined.inlined : text.pointer.ptr, text.inlined.length);
  });
}

void days(duckdb_data_chunk chunk, idx_t number, std::size_t size, std::vector<std::int32_t>& out) {
  column<duckdb_date>(chunk, number, size, DayRows::kNoDay, out,
                      [](const duckdb_date& cell) { return cell.days; });
}

/// DuckDB calls a function from all its threads, each with rows of its own: that is how they get
/// out of it without passing through one thread.
void hand_over(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto& to = *static_cast<const Receiver*>(duckdb_scalar_function_get_extra_info(info));
  if (to.stopped()) return duckdb_scalar_function_set_error(info, "interrupted");
  const auto size = static_cast<std::size_t>(duckdb_data_chunk_get_size(input));
  if (size == 0) return;
  thread_local DayRows rows;
  rows.size = size;
  const auto* canais = static_cast<const std::int32_t*>(
      duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 0)));
  rows.canal = static_cast<std::size_t>(canais[0]);  // no chunk is of two
  texts(input, 1, size, rows.id_cliente);
  texts(input, 2, size, rows.email);
  texts(input, 3, size, rows.telefone);
  days(input, 4, size, rows.data_envio);
  days(input, 5, size, rows.saida_prevista);
  if (duckdb_data_chunk_get_column_count(input) > 6) {
    texts(input, 6, size, rows.cpf);
  } else {
    rows.cpf.clear();
  }
  auto* done = static_cast<bool*>(duckdb_vector_get_data(output));
  std::fill_n(done, size, true);
  to.each(rows);
}

Status add_hand_over(duck::Connection& connection, const Receiver& to, bool with_cpf) {
  auto* function = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(function, "hand_over");
  const auto parameter = [&](duckdb_type id) {
    auto* type = duckdb_create_logical_type(id);
    duckdb_scalar_function_add_parameter(function, type);
    duckdb_destroy_logical_type(&type);
  };
  parameter(DUCKDB_TYPE_INTEGER);
  for (int i = 0; i < 3; ++i) parameter(DUCKDB_TYPE_VARCHAR);
  for (int i = 0; i < 2; ++i) parameter(DUCKDB_TYPE_DATE);
  if (with_cpf) parameter(DUCKDB_TYPE_VARCHAR);
  auto* boolean = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
  duckdb_scalar_function_set_return_type(function, boolean);
  duckdb_destroy_logical_type(&boolean);
  duckdb_scalar_function_set_volatile(function);          // not folded, not left out
  duckdb_scalar_function_set_special_handling(function);  // a NULL argument is a row too
  // DuckDB only hands it back.
  duckdb_scalar_function_set_extra_info(function, const_cast<Receiver*>(&to), nullptr);
  duckdb_scalar_function_set_function(function, hand_over);
  const auto state = duckdb_register_scalar_function(connection.get(), function);
  duckdb_destroy_scalar_function(&function);
  if (state == DuckDBError) return fail(ErrorKind::bug, "DuckDB does not register hand_over");
  return {};
}

bool is_of(const DeltaFile& file, Date day) {
  return file.partition_value("data_carga") == day.iso();
}

class DayReader {
 public:
  explicit DayReader(const DayScan& scan) : scan_(scan), canais_(scan.canais()) {}

  Status read(const Each& each) {
    if (canais_.empty()) return {};
    TRY_ASSIGN(const auto database,
               duck::Database::open({scan_.threads, scan_.work_folder / "spill"}));
    TRY_ASSIGN(const auto connection, database->connect());
    const Receiver to{each, scan_.stop};
    TRY_STATUS(add_hand_over(*connection, to, !scan_.cpf_column.empty()));
    TRY_ASSIGN(const auto canais, rows_of_canais(*connection));
    // In one statement, so that no thread waits for the last rows of each canal.
    const auto status = connection->run(
        fmt::format("SELECT count(hand_over(number, id_cliente, email, telefone, data_envio, "
                    "saida_prevista{})) FROM ({})",
                    cpf_column(), fmt::join(canais, " UNION ALL ")));
    if (!status && to.stopped())
      return fail(ErrorKind::machine, "interrupted", "nothing was changed");
    if (!status && delta_.error()) return tl::unexpected<Error>(*delta_.error());
    return status;
  }

 private:
  Result<std::vector<std::string>> rows_of_canais(duck::Connection& connection) {
    const auto& table = *scan_.table;
    const bool plain = table.plain_columns &&
                       std::none_of(table.files.begin(), table.files.end(), [&](const auto& file) {
                         return is_of(file, scan_.day) && file.deletion_vector;
                       });
    if (!plain) return scanned_rows(connection);
    TRY_ASSIGN(const auto files, local_files());
    std::vector<std::string> out;
    for (std::size_t canal = 0; canal < canais_.size(); ++canal)
      out.push_back(rows(
          canal, fmt::format("read_parquet([{}], hive_partitioning = false, union_by_name = true)",
                             fmt::join(files[canal], ", "))));
    return out;
  }

  /// Only the table's own reader gets these right; it can be read once.
  Result<std::vector<std::string>> scanned_rows(duck::Connection& connection) {
    std::vector<std::string> columns = {"id_cliente", "email",      "telefone",   "assunto",
                                        "canal",      "data_carga", "data_envio", "saida_prevista"};
    TRY_STATUS(delta_.create_view(connection, "day_scan", *scan_.table, columns));
    TRY_STATUS(connection.run(
        fmt::format("CREATE TEMP TABLE day_rows AS SELECT * EXCLUDE (__file, __row, data_carga) "
                    "FROM day_scan WHERE data_carga::VARCHAR = '{}'",
                    scan_.day.iso())));
    std::vector<std::string> out;
    for (std::size_t canal = 0; canal < canais_.size(); ++canal)
      out.push_back(rows(
          canal, fmt::format("day_rows WHERE coalesce(canal, '') = {}", literal(canais_[canal]))));
    return out;
  }

  /// By canal, as SQL texts; those of another place are brought here.
  Result<std::vector<std::vector<std::string>>> local_files() const {
    const auto& table = *scan_.table;
    std::vector<std::vector<std::string>> out(canais_.size());
    std::vector<Download> downloads;
    for (const auto& file : table.files) {
      if (!is_of(file, scan_.day)) continue;
      fs::path path = file.path;
      if (table.store) {
        path = scan_.work_folder / fmt::format("{}.parquet", downloads.size());
        downloads.push_back({{split_store_path(file.path).path, file.size_bytes, {}, 0}, path});
      }
      const auto canal = std::lower_bound(canais_.begin(), canais_.end(),
                                          file.partition_value("canal").value_or(""));
      out[static_cast<std::size_t>(canal - canais_.begin())].push_back(literal(path.string()));
    }
    if (!downloads.empty()) {
      std::error_code error;
      fs::create_directories(scan_.work_folder, error);
      TRY_STATUS(table.store->download(downloads, scan_.stop));
    }
    return out;
  }

  std::string rows(std::size_t canal, const std::string& from) const {
    return fmt::format(
        "SELECT {}::INTEGER AS number, id_cliente, email, telefone, data_envio, saida_prevista{} "
        "FROM {}",
        canal, cpf_column(), from);
  }
  std::string cpf_column() const {
    return scan_.cpf_column.empty() ? "" : ", " + identifier(scan_.cpf_column);
  }

  const DayScan& scan_;
  std::vector<std::string> canais_;
  duck::DeltaRows delta_;
};

}  // namespace

std::vector<std::string> DayScan::canais() const {
  std::set<std::string> out;
  for (const auto& file : table->files)
    if (is_of(file, day)) out.insert(file.partition_value("canal").value_or(""));
  return {out.begin(), out.end()};
}

Status scan_day(const DayScan& scan, const Each& each) { return DayReader(scan).read(each); }

}  // namespace quarentena
