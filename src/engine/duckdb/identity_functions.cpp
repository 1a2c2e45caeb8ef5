#include "engine/duckdb/identity_functions.h"

#include "identity/identity.h"

namespace quarentena::duck {
namespace {

using KeyOf = KeyOrReason (*)(std::string_view);

/// What a call answers for one text; empty: NULL.
std::string key_text(KeyOf key_of, std::string_view text) { return key_of(text).value_or(""); }

std::string reason_text(KeyOf key_of, std::string_view text) {
  const auto key = key_of(text);
  if (key || key.error() == NoKey::empty) return "";
  return std::string(reason_of(key.error()));
}

struct Function {
  const char* name;
  KeyOf key_of;
  std::string (*answer)(KeyOf, std::string_view);
};

constexpr Function kFunctions[] = {
    {"cpf_key", cpf_key, key_text},        {"cpf_reason", cpf_key, reason_text},
    {"telefone_key", phone_key, key_text}, {"telefone_reason", phone_key, reason_text},
    {"email_key", email_key, key_text},    {"email_reason", email_key, reason_text},
};

void call(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto& function = *static_cast<const Function*>(duckdb_scalar_function_get_extra_info(info));
  auto* argument = duckdb_data_chunk_get_vector(input, 0);
  duckdb_vector_ensure_validity_writable(output);
  auto* validity = duckdb_vector_get_validity(output);
  const auto size = duckdb_data_chunk_get_size(input);
  for (idx_t row = 0; row < size; ++row) {
    const auto answer = is_null(argument, row)
                            ? std::string()
                            : function.answer(function.key_of, text_at(argument, row));
    if (answer.empty())
      duckdb_validity_set_row_invalid(validity, row);
    else
      duckdb_vector_assign_string_element_len(output, row, answer.data(), answer.size());
  }
}

Status add(Connection& connection, const Function& function) {
  auto* text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  auto* scalar = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(scalar, function.name);
  duckdb_scalar_function_add_parameter(scalar, text);
  duckdb_scalar_function_set_return_type(scalar, text);
  // DuckDB only hands it back.
  duckdb_scalar_function_set_extra_info(scalar, const_cast<Function*>(&function), nullptr);
  duckdb_scalar_function_set_function(scalar, call);
  const auto state = duckdb_register_scalar_function(connection.get(), scalar);
  duckdb_destroy_scalar_function(&scalar);
  duckdb_destroy_logical_type(&text);
  if (state == DuckDBError)
    return fail(ErrorKind::bug, std::string("DuckDB does not register ") + function.name);
  return {};
}

}  // namespace

Status register_identity_functions(Connection& connection) {
  for (const auto& function : kFunctions) TRY_STATUS(add(connection, function));
  return {};
}

}  // namespace quarentena::duck
