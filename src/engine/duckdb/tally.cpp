#include "engine/duckdb/tally.h"

#include <fmt/format.h>

namespace quarentena::duck {
namespace {

// The arguments of tally(handle, status, source, data_envio, rejects, rows_0, rows_1, ...), and
// with several inputs newest_0, newest_1, ... as days since 1970.
enum Argument : idx_t { kHandle, kStatus, kSource, kDate, kRejects, kFirstRows };

template <class T>
const T* data_of(duckdb_data_chunk chunk, idx_t column) {
  return static_cast<const T*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, column)));
}

std::string text_or_empty(duckdb_vector vector, idx_t row) {
  return is_null(vector, row) ? std::string() : std::string(text_at(vector, row));
}

/// The list of struct(source, file, row, column, value, reason) at `row`.
void collect_rejects(duckdb_vector lists, idx_t row, std::vector<Reject>& out) {
  const auto entry = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(lists))[row];
  auto* structs = duckdb_list_vector_get_child(lists);
  const auto field = [&](idx_t index) { return duckdb_struct_vector_get_child(structs, index); };
  const auto* sources = static_cast<std::int32_t*>(duckdb_vector_get_data(field(0)));
  const auto* rows = static_cast<std::int64_t*>(duckdb_vector_get_data(field(2)));
  for (auto i = entry.offset; i < entry.offset + entry.length; ++i)
    out.push_back({sources[i], text_or_empty(field(1), i), rows[i], text_or_empty(field(3), i),
                   text_or_empty(field(4), i), text_or_empty(field(5), i)});
}

}  // namespace

std::int64_t Account::*count_of(std::string_view status) {
  if (status == "filtered") return &Account::filtered;
  if (status == "rejected") return &Account::rejected;
  if (status == "future") return &Account::future;
  if (status == "candidate") return &Account::duplicate;
  return &Account::expired;
}

struct TallyFunction {
  static void count(duckdb_function_info, duckdb_data_chunk input, duckdb_vector output) {
    const auto size = duckdb_data_chunk_get_size(input);
    if (size == 0) return;
    auto& tally = *reinterpret_cast<Tally*>(data_of<std::uint64_t>(input, kHandle)[0]);
    auto* statuses = duckdb_data_chunk_get_vector(input, kStatus);
    auto* dates = duckdb_data_chunk_get_vector(input, kDate);
    auto* rejects = duckdb_data_chunk_get_vector(input, kRejects);
    const auto* winners = data_of<std::int32_t>(input, kSource);
    auto* kept = static_cast<bool*>(duckdb_vector_get_data(output));

    const std::lock_guard lock(tally.mutex_);
    const auto inputs = tally.inputs.size();
    for (idx_t r = 0; r < size; ++r) {
      const auto status = text_at(statuses, r);
      kept[r] = status == "candidate";
      for (std::size_t i = 0; i < inputs; ++i) {
        const auto rows = data_of<std::int64_t>(input, kFirstRows + i)[r];
        auto& account = tally.inputs[i].account;
        account.read += rows;
        account.*count_of(status) += rows;
      }
      if (status != "filtered") note_newest(input, r, tally.inputs);
      if (kept[r]) {
        auto& winner = tally.inputs[static_cast<std::size_t>(winners[r])];
        ++winner.account.quarantined;
        --winner.account.duplicate;
        winner.undated += is_null(dates, r);
      } else if (!is_null(rejects, r)) {
        collect_rejects(rejects, r, tally.rejects);
      }
    }
  }

  /// With one input a group's best row has its latest date.
  static void note_newest(duckdb_data_chunk input, idx_t r, std::vector<InputLoaded>& inputs) {
    const auto note = [r](InputLoaded& to, duckdb_vector days, auto day) {
      if (is_null(days, r)) return;
      const Date date(static_cast<std::int32_t>(day));
      if (!to.newest || *to.newest < date) to.newest = date;
    };
    if (inputs.size() == 1)
      return note(inputs[0], duckdb_data_chunk_get_vector(input, kDate),
                  data_of<std::int32_t>(input, kDate)[r]);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto column = kFirstRows + inputs.size() + i;
      note(inputs[i], duckdb_data_chunk_get_vector(input, column),
           data_of<std::int64_t>(input, column)[r]);
    }
  }
};

std::string Tally::condition() const {
  std::string rows;
  for (std::size_t i = 0; i < inputs.size(); ++i) rows += fmt::format(", rows_{}", i);
  for (std::size_t i = 0; inputs.size() > 1 && i < inputs.size(); ++i)
    rows += fmt::format(", (newest_{} - DATE '1970-01-01')", i);
  return fmt::format("tally({}::UBIGINT, status, best.source, best.data_envio, rejects{})",
                     reinterpret_cast<std::uintptr_t>(this), rows);
}

Status register_tally(Connection& connection) {
  auto* text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  auto* date = duckdb_create_logical_type(DUCKDB_TYPE_DATE);
  auto* integer = duckdb_create_logical_type(DUCKDB_TYPE_INTEGER);
  auto* bigint = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
  auto* handle = duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT);
  auto* boolean = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
  duckdb_logical_type types[] = {integer, text, bigint, text, text, text};
  const char* names[] = {"source", "file", "row", "column", "value", "reason"};
  auto* reject = duckdb_create_struct_type(types, names, 6);
  auto* rejects = duckdb_create_list_type(reject);

  auto* function = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(function, "tally");
  for (auto* type : {handle, text, integer, date, rejects})
    duckdb_scalar_function_add_parameter(function, type);
  duckdb_scalar_function_set_varargs(function, bigint);
  duckdb_scalar_function_set_return_type(function, boolean);
  duckdb_scalar_function_set_function(function, TallyFunction::count);
  duckdb_scalar_function_set_volatile(function);
  duckdb_scalar_function_set_special_handling(function);  // NULL arguments are values here
  const auto state = duckdb_register_scalar_function(connection.get(), function);

  duckdb_destroy_scalar_function(&function);
  for (auto* type : {&rejects, &reject, &boolean, &handle, &bigint, &integer, &date, &text})
    duckdb_destroy_logical_type(type);
  if (state == DuckDBError) return fail(ErrorKind::bug, "DuckDB does not register tally");
  return {};
}

}  // namespace quarentena::duck
