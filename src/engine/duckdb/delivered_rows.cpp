#include "engine/duckdb/delivered_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/duckdb/text_functions.h"

namespace quarentena::duck {
namespace {

constexpr const char* kFile = "__file";
constexpr const char* kRow = "__row";

/// What one query does with a DeliveredRows: which columns, and which file is next.
struct Scan {
  DeliveredRows* rows;
  std::vector<std::string> wanted;  // ReaderOptions::columns of this query
  std::vector<std::size_t> place;   // output column -> index into wanted, or one of:
  static constexpr std::size_t kFilePlace = static_cast<std::size_t>(-1);
  static constexpr std::size_t kRowPlace = static_cast<std::size_t>(-2);
  std::atomic<std::size_t> next_file{0};
};

/// One thread's reader.
struct Local {
  std::unique_ptr<RowReader> reader;
  std::string file;
  RowBatch batch;
  std::int64_t bytes_told = 0;
};

template <class T>
void destroy(void* object) {
  delete static_cast<T*>(object);
}

void bind(duckdb_bind_info info) {
  auto value = duckdb_bind_get_parameter(info, 0);
  auto* rows = reinterpret_cast<DeliveredRows*>(duckdb_get_uint64(value));
  duckdb_destroy_value(&value);
  auto* text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  auto* integer = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
  for (const auto& column : rows->columns)
    duckdb_bind_add_result_column(info, column.c_str(), text);
  duckdb_bind_add_result_column(info, kFile, text);
  duckdb_bind_add_result_column(info, kRow, integer);
  duckdb_destroy_logical_type(&integer);
  duckdb_destroy_logical_type(&text);
  duckdb_bind_set_bind_data(info, rows, nullptr);
}

void init(duckdb_init_info info) {
  auto* rows = static_cast<DeliveredRows*>(duckdb_init_get_bind_data(info));
  auto* scan = new Scan{rows, {}, {}, {}};
  for (idx_t i = 0; i < duckdb_init_get_column_count(info); ++i) {
    const auto column = duckdb_init_get_column_index(info, i);
    if (column == rows->columns.size()) {
      scan->place.push_back(Scan::kFilePlace);
    } else if (column > rows->columns.size()) {
      scan->place.push_back(Scan::kRowPlace);
    } else {
      scan->place.push_back(scan->wanted.size());
      scan->wanted.push_back(rows->columns[column]);
    }
  }
  duckdb_init_set_max_threads(info, std::max<idx_t>(1, rows->files.size()));
  duckdb_init_set_init_data(info, scan, destroy<Scan>);
}

void init_local(duckdb_init_info info) {
  duckdb_init_set_init_data(info, new Local, destroy<Local>);
}

void keep_malformed(DeliveredRows& rows, Local& local) {
  if (local.batch.malformed.empty()) return;
  const std::lock_guard lock(rows.mutex);
  rows.malformed_count += static_cast<std::int64_t>(local.batch.malformed.size());
  for (auto& one : local.batch.malformed) {
    if (rows.malformed.size() >= DeliveredRows::kMaxKept) break;
    rows.malformed.emplace_back(local.file, std::move(one));
  }
}

void tell_progress(DeliveredRows& rows, Local& local) {
  if (!rows.progress) return;
  const auto bytes = static_cast<std::int64_t>(local.reader->bytes_read());
  rows.progress->bytes += bytes - local.bytes_told;
  rows.progress->rows += static_cast<std::int64_t>(local.batch.size + local.batch.malformed.size());
  local.bytes_told = bytes;
}

void note_unseen(DeliveredRows& rows, const RowReader& reader, bool first_file) {
  const auto unseen = reader.never_seen();
  const std::lock_guard lock(rows.mutex);
  if (first_file && rows.never_seen.empty()) {
    rows.never_seen = unseen;
    return;
  }
  std::erase_if(rows.never_seen, [&](const std::string& column) {
    return std::find(unseen.begin(), unseen.end(), column) == unseen.end();
  });
}

Status open_next(Scan& scan, Local& local) {
  const auto index = scan.next_file++;
  if (index >= scan.rows->files.size()) return {};
  local.file = scan.rows->files[index].path.string();
  local.bytes_told = 0;
  TRY_ASSIGN(local.reader, open_rows(local.file, ReaderOptions{scan.rows->format, scan.wanted,
                                                               scan.rows->needle}));
  return {};
}

/// Fills local.batch with at least one record, from the next file when this one is done. False: no
/// file is left.
Result<bool> next_batch(Scan& scan, Local& local) {
  while (true) {
    if (!local.reader) {
      TRY_STATUS(open_next(scan, local));
      if (!local.reader) return false;
    }
    TRY_STATUS(local.reader->next(local.batch));
    tell_progress(*scan.rows, local);
    const bool end = local.batch.size == 0 && local.batch.malformed.empty();
    keep_malformed(*scan.rows, local);
    if (local.batch.size > 0) return true;
    if (end) {
      note_unseen(*scan.rows, *local.reader,
                  scan.rows->files.size() == 1 || local.file == scan.rows->files[0].path);
      local.reader.reset();
    }
  }
}

/// Without outer blanks; nothing left is NULL. Long texts are not copied: they stay where the
/// reader has them until it is asked for the next batch, and DuckDB is done with a chunk by then
/// (what an operator keeps of it, it copies).
void fill_text(duckdb_vector vector, const std::vector<Cell>& cells, std::size_t size) {
  auto* texts = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
  std::uint64_t* validity = nullptr;
  for (std::size_t r = 0; r < size; ++r) {
    const Cell cell = without_blanks(cells[r]);
    texts[r] = string_of(cell);
    if (!cell.empty()) continue;
    if (!validity) {
      duckdb_vector_ensure_validity_writable(vector);
      validity = duckdb_vector_get_validity(vector);
    }
    duckdb_validity_set_row_invalid(validity, r);
  }
}

void scan_rows(duckdb_function_info info, duckdb_data_chunk output) {
  auto& scan = *static_cast<Scan*>(duckdb_function_get_init_data(info));
  auto& local = *static_cast<Local*>(duckdb_function_get_local_init_data(info));
  auto more = next_batch(scan, local);
  if (!more) {
    const std::lock_guard lock(scan.rows->mutex);
    scan.rows->error = more.error();
    return duckdb_function_set_error(info, more.error().what.c_str());
  }
  if (!*more) return duckdb_data_chunk_set_size(output, 0);
  const auto size = local.batch.size;
  for (std::size_t i = 0; i < scan.place.size(); ++i) {
    auto* vector = duckdb_data_chunk_get_vector(output, i);
    if (scan.place[i] == Scan::kFilePlace) {
      auto value = duckdb_create_varchar_length(local.file.data(), local.file.size());
      duckdb_vector_reference_value(vector, value);
      duckdb_destroy_value(&value);
    } else if (scan.place[i] == Scan::kRowPlace) {
      auto* out = static_cast<std::int64_t*>(duckdb_vector_get_data(vector));
      std::copy_n(local.batch.rows.data(), size, out);
    } else {
      fill_text(vector, local.batch.columns[scan.place[i]], size);
    }
  }
  scan.rows->records += static_cast<std::int64_t>(size);
  duckdb_data_chunk_set_size(output, size);
}

}  // namespace

Status register_delivered_rows(Connection& connection) {
  auto* function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, "delivered_rows");
  auto* handle = duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT);
  duckdb_table_function_add_parameter(function, handle);
  duckdb_destroy_logical_type(&handle);
  duckdb_table_function_set_bind(function, bind);
  duckdb_table_function_set_init(function, init);
  duckdb_table_function_set_local_init(function, init_local);
  duckdb_table_function_set_function(function, scan_rows);
  duckdb_table_function_supports_projection_pushdown(function, true);
  const auto state = duckdb_register_table_function(connection.get(), function);
  duckdb_destroy_table_function(&function);
  if (state == DuckDBError) return fail(ErrorKind::bug, "DuckDB does not register delivered_rows");
  return {};
}

Status create_rows_view(Connection& connection, const std::string& name, DeliveredRows& rows) {
  return connection.run(
      fmt::format("CREATE OR REPLACE TEMP VIEW {} AS SELECT * FROM delivered_rows({}::UBIGINT)",
                  identifier(name), reinterpret_cast<std::uintptr_t>(&rows)));
}

}  // namespace quarentena::duck
