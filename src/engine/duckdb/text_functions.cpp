#include "engine/duckdb/text_functions.h"

#include <string_view>

#include "base/date.h"

namespace quarentena::duck {
namespace {

std::string_view text_of(duckdb_string_t& text) {
  return {duckdb_string_t_data(&text), duckdb_string_t_length(text)};
}

bool needs_trimming(std::string_view text) {
  return text.empty() || without_blanks(text).size() != text.size();
}

/// One VARCHAR argument and the result of a scalar function.
struct Call {
  Call(duckdb_data_chunk input, duckdb_vector output)
      : size(duckdb_data_chunk_get_size(input)),
        argument(duckdb_data_chunk_get_vector(input, 0)),
        texts(static_cast<duckdb_string_t*>(duckdb_vector_get_data(argument))),
        validity(duckdb_vector_get_validity(argument)),
        result(output) {}

  bool valid(idx_t row) const { return !validity || (validity[row / 64] >> (row % 64) & 1); }
  void set_null(idx_t row) {
    if (!result_validity) {
      duckdb_vector_ensure_validity_writable(result);
      result_validity = duckdb_vector_get_validity(result);
    }
    duckdb_validity_set_row_invalid(result_validity, row);
  }

  idx_t size;
  duckdb_vector argument;
  duckdb_string_t* texts;
  std::uint64_t* validity;
  duckdb_vector result;
  std::uint64_t* result_validity = nullptr;
};

void trimmed(duckdb_function_info, duckdb_data_chunk input, duckdb_vector output) {
  Call call(input, output);
  bool all_clean = true;
  for (idx_t r = 0; r < call.size && all_clean; ++r)
    all_clean = !call.valid(r) || !needs_trimming(text_of(call.texts[r]));
  if (all_clean) return duckdb_vector_reference_vector(output, call.argument);
  for (idx_t r = 0; r < call.size; ++r) {
    const auto text = call.valid(r) ? without_blanks(text_of(call.texts[r])) : std::string_view();
    if (text.empty())
      call.set_null(r);
    else
      duckdb_unsafe_vector_assign_string_element_len(output, r, text.data(), text.size());
  }
}

void iso_date(duckdb_function_info, duckdb_data_chunk input, duckdb_vector output) {
  Call call(input, output);
  auto* days = static_cast<std::int32_t*>(duckdb_vector_get_data(output));
  for (idx_t r = 0; r < call.size; ++r) {
    const auto day = call.valid(r) ? Date::parse_iso(text_of(call.texts[r])) : std::nullopt;
    if (day && text_of(call.texts[r]).substr(0, 4) != "0000")
      days[r] = day->days();
    else
      call.set_null(r);
  }
}

Status add(Connection& connection, const char* name, duckdb_type result_type,
           duckdb_scalar_function_t function) {
  auto* text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  auto* result = duckdb_create_logical_type(result_type);
  auto* scalar = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(scalar, name);
  duckdb_scalar_function_add_parameter(scalar, text);
  duckdb_scalar_function_set_return_type(scalar, result);
  duckdb_scalar_function_set_function(scalar, function);
  const auto state = duckdb_register_scalar_function(connection.get(), scalar);
  duckdb_destroy_scalar_function(&scalar);
  duckdb_destroy_logical_type(&result);
  duckdb_destroy_logical_type(&text);
  if (state == DuckDBError)
    return fail(ErrorKind::bug, std::string("DuckDB does not register ") + name);
  return {};
}

}  // namespace

Status register_text_functions(Connection& connection) {
  TRY_STATUS(add(connection, "trimmed", DUCKDB_TYPE_VARCHAR, trimmed));
  return add(connection, "iso_date", DUCKDB_TYPE_DATE, iso_date);
}

}  // namespace quarentena::duck
