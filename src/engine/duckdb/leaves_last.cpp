#include "engine/duckdb/leaves_last.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <limits>
#include <new>

namespace quarentena::duck {
namespace {

constexpr const char* kFunction = "leaves_last_in";
constexpr std::size_t kTexts = 3;  // email, telefone, assunto
constexpr std::uint32_t kNull = std::numeric_limits<std::uint32_t>::max();
constexpr std::int32_t kNoDate = std::numeric_limits<std::int32_t>::min();

/// A candidate row, its texts still where DuckDB has them.
struct Row {
  std::int32_t date;
  std::int32_t source;
  std::array<const char*, kTexts> text;
  std::array<std::uint32_t, kTexts> size;  // kNull: NULL
};

/// The best row so far, its texts back to back in the arena. DuckDB gives raw memory and may move
/// it, so this is plain data.
struct State {
  char* bytes;
  std::uint32_t capacity;
  std::int32_t date;
  std::int32_t source;
  std::array<std::uint32_t, kTexts> size;
  bool filled;

  Row row() const {
    Row out{date, source, {}, size};
    const char* at = bytes;
    for (std::size_t i = 0; i < kTexts; ++i) {
      out.text[i] = at;
      if (size[i] != kNull) at += size[i];
    }
    return out;
  }
};

/// As memcmp; an empty text may have no place at all, which memcmp must not be given.
int compare(const char* a, const char* b, std::size_t size) {
  return size == 0 ? 0 : std::memcmp(a, b, size);
}

/// True when `a` wins over `b`.
bool wins(const Row& a, const Row& b) {
  if (a.date != b.date) return a.date > b.date;
  for (std::size_t i = 0; i < kTexts; ++i) {
    if (a.size[i] == kNull || b.size[i] == kNull) {
      if (a.size[i] == b.size[i]) continue;
      return b.size[i] == kNull;
    }
    const int order = compare(a.text[i], b.text[i], std::min(a.size[i], b.size[i]));
    if (order != 0) return order < 0;
    if (a.size[i] != b.size[i]) return a.size[i] < b.size[i];
  }
  return a.source < b.source;
}

void keep(State& state, const Row& row, Arena& arena) {
  std::uint32_t total = 0;
  for (auto size : row.size)
    if (size != kNull) total += size;
  if (total > state.capacity) {
    state.bytes = arena.allocate(total);
    state.capacity = total;
  }
  char* at = state.bytes;
  for (std::size_t i = 0; i < kTexts; ++i) {
    if (row.size[i] == kNull || row.size[i] == 0) continue;
    std::memcpy(at, row.text[i], row.size[i]);
    at += row.size[i];
  }
  state.date = row.date;
  state.source = row.source;
  state.size = row.size;
  state.filled = true;
}

State& state_of(duckdb_aggregate_state state) { return *reinterpret_cast<State*>(state); }

idx_t state_size(duckdb_function_info) { return sizeof(State); }

void init(duckdb_function_info, duckdb_aggregate_state state) { state_of(state) = State{}; }

/// The argument vectors of a chunk: arena, data_envio, email, telefone, assunto, source.
struct Arguments {
  explicit Arguments(duckdb_data_chunk chunk) {
    const auto vector = [&](idx_t i) { return duckdb_data_chunk_get_vector(chunk, i); };
    arena =
        reinterpret_cast<Arena*>(static_cast<std::uint64_t*>(duckdb_vector_get_data(vector(0)))[0]);
    dates = static_cast<std::int32_t*>(duckdb_vector_get_data(vector(1)));
    date_valid = duckdb_vector_get_validity(vector(1));
    for (std::size_t i = 0; i < kTexts; ++i) {
      texts[i] = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector(i + 2)));
      valid[i] = duckdb_vector_get_validity(vector(i + 2));
    }
    sources = static_cast<std::int32_t*>(duckdb_vector_get_data(vector(5)));
  }

  std::int32_t date(idx_t row) const { return is_valid(date_valid, row) ? dates[row] : kNoDate; }

  Row row(idx_t r) const {
    Row out{date(r), sources[r], {}, {}};
    for (std::size_t i = 0; i < kTexts; ++i) {
      if (is_valid(valid[i], r)) {
        out.text[i] = duckdb_string_t_data(&texts[i][r]);
        out.size[i] = duckdb_string_t_length(texts[i][r]);
      } else {
        out.size[i] = kNull;
      }
    }
    return out;
  }

  static bool is_valid(const std::uint64_t* mask, idx_t row) {
    return !mask || (mask[row / 64] >> (row % 64) & 1);
  }

  Arena* arena;
  std::int32_t* dates;
  std::uint64_t* date_valid;
  std::array<duckdb_string_t*, kTexts> texts;
  std::array<std::uint64_t*, kTexts> valid;
  std::int32_t* sources;
};

void update(duckdb_function_info info, duckdb_data_chunk chunk, duckdb_aggregate_state* states) {
  const auto size = duckdb_data_chunk_get_size(chunk);
  if (size == 0) return;
  const Arguments arguments(chunk);
  try {
    for (idx_t r = 0; r < size; ++r) {
      State& state = state_of(states[r]);
      if (state.filled && arguments.date(r) < state.date) continue;
      const Row row = arguments.row(r);
      if (!state.filled || wins(row, state.row())) keep(state, row, *arguments.arena);
    }
  } catch (const std::bad_alloc&) {
    duckdb_aggregate_function_set_error(info, "Out of Memory Error: leaves_last");
  }
}

void combine(duckdb_function_info, duckdb_aggregate_state* source, duckdb_aggregate_state* target,
             idx_t count) {
  for (idx_t i = 0; i < count; ++i) {
    const State& from = state_of(source[i]);
    State& to = state_of(target[i]);
    // The bytes belong to the arena, so both may point to them.
    if (from.filled && (!to.filled || wins(from.row(), to.row()))) to = from;
  }
}

void set_null(duckdb_vector vector, idx_t row) {
  duckdb_vector_ensure_validity_writable(vector);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
}

void finalize(duckdb_function_info, duckdb_aggregate_state* source, duckdb_vector result,
              idx_t count, idx_t offset) {
  std::array<duckdb_vector, 5> field{};
  for (std::size_t i = 0; i < field.size(); ++i)
    field[i] = duckdb_struct_vector_get_child(result, i);
  std::array<duckdb_string_t*, kTexts> texts{};
  for (std::size_t t = 0; t < kTexts; ++t)
    texts[t] = static_cast<duckdb_string_t*>(duckdb_vector_get_data(field[t]));
  auto* dates = static_cast<std::int32_t*>(duckdb_vector_get_data(field[3]));
  auto* sources = static_cast<std::int32_t*>(duckdb_vector_get_data(field[4]));
  for (idx_t i = 0; i < count; ++i) {
    const auto at = offset + i;
    const State& state = state_of(source[i]);
    if (!state.filled) {
      set_null(result, at);
      for (auto* vector : field) set_null(vector, at);
      continue;
    }
    const Row row = state.row();
    for (std::size_t t = 0; t < kTexts; ++t) {
      if (row.size[t] == kNull) {
        set_null(field[t], at);
      } else {
        texts[t][at] = string_of({row.text[t], row.size[t]});
      }
    }
    if (row.date == kNoDate) {
      set_null(field[3], at);
    } else {
      dates[at] = row.date;
    }
    sources[at] = row.source;
  }
}

}  // namespace

Status use_leaves_last(Connection& connection, Arena& arena) {
  return connection.run(fmt::format(
      "CREATE OR REPLACE TEMP MACRO leaves_last(a, b, c, d, e) AS {}({}::UBIGINT, a, b, c, d, e)",
      kFunction, reinterpret_cast<std::uintptr_t>(&arena)));
}

Status register_leaves_last(Connection& connection) {
  auto* text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  auto* date = duckdb_create_logical_type(DUCKDB_TYPE_DATE);
  auto* integer = duckdb_create_logical_type(DUCKDB_TYPE_INTEGER);
  duckdb_logical_type types[] = {text, text, text, date, integer};
  const char* names[] = {"email", "telefone", "assunto", "data_envio", "source"};
  auto* result = duckdb_create_struct_type(types, names, 5);

  auto* function = duckdb_create_aggregate_function();
  duckdb_aggregate_function_set_name(function, kFunction);
  auto* handle = duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT);
  for (auto* type : {handle, date, text, text, text, integer})
    duckdb_aggregate_function_add_parameter(function, type);
  duckdb_aggregate_function_set_return_type(function, result);
  duckdb_aggregate_function_set_functions(function, state_size, init, update, combine, finalize);
  duckdb_aggregate_function_set_special_handling(function);  // NULL arguments are values here
  const auto state = duckdb_register_aggregate_function(connection.get(), function);

  duckdb_destroy_aggregate_function(&function);
  duckdb_destroy_logical_type(&result);
  duckdb_destroy_logical_type(&handle);
  duckdb_destroy_logical_type(&integer);
  duckdb_destroy_logical_type(&date);
  duckdb_destroy_logical_type(&text);
  if (state == DuckDBError) return fail(ErrorKind::bug, "DuckDB does not register leaves_last");
  return {};
}

}  // namespace quarentena::duck
