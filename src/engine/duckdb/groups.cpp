#include "engine/duckdb/groups.h"

#include <atomic>

#include <fmt/format.h>

namespace quarentena::duck {
namespace {

/// One pass over the chunks; several threads may take part.
struct Pass {
  std::vector<idx_t> columns;
  std::atomic<std::size_t> next{0};
};

}  // namespace

/// The table function behind the view.
struct GroupsFunction {
  static void bind(duckdb_bind_info info) {
    auto value = duckdb_bind_get_parameter(info, 0);
    auto* groups = reinterpret_cast<Groups*>(duckdb_get_uint64(value));
    duckdb_destroy_value(&value);
    for (std::size_t c = 0; c < groups->names_.size(); ++c)
      duckdb_bind_add_result_column(info, groups->names_[c].c_str(), groups->types_[c]);
    duckdb_bind_set_bind_data(info, groups, nullptr);
  }

  static void init(duckdb_init_info info) {
    auto* pass = new Pass;
    for (idx_t i = 0; i < duckdb_init_get_column_count(info); ++i)
      pass->columns.push_back(duckdb_init_get_column_index(info, i));
    const auto* groups = static_cast<Groups*>(duckdb_init_get_bind_data(info));
    duckdb_init_set_max_threads(info, std::max<idx_t>(1, groups->chunks_.size() / 16));
    duckdb_init_set_init_data(info, pass, [](void* p) { delete static_cast<Pass*>(p); });
  }

  static void scan(duckdb_function_info info, duckdb_data_chunk output) {
    const auto& groups = *static_cast<Groups*>(duckdb_function_get_bind_data(info));
    auto& pass = *static_cast<Pass*>(duckdb_function_get_init_data(info));
    const auto index = pass.next++;
    if (index >= groups.chunks_.size()) return duckdb_data_chunk_set_size(output, 0);
    auto* chunk = groups.chunks_[index];
    for (std::size_t i = 0; i < pass.columns.size(); ++i)
      duckdb_vector_reference_vector(duckdb_data_chunk_get_vector(output, i),
                                     duckdb_data_chunk_get_vector(chunk, pass.columns[i]));
    duckdb_data_chunk_set_size(output, duckdb_data_chunk_get_size(chunk));
  }
};

Groups::~Groups() {
  for (auto& chunk : chunks_) duckdb_destroy_data_chunk(&chunk);
  for (auto& type : types_) duckdb_destroy_logical_type(&type);
}

Status Groups::compute(Connection& connection, const std::string& sql) {
  TRY_ASSIGN(auto answer, connection.query(sql));
  for (std::size_t c = 0; c < answer.columns(); ++c) {
    names_.push_back(answer.name(c));
    types_.push_back(duckdb_column_logical_type(answer.get(), c));
  }
  while (duckdb_data_chunk chunk = duckdb_fetch_chunk(*answer.get())) chunks_.push_back(chunk);
  return connection.run(fmt::format("CREATE TEMP VIEW groups AS SELECT * FROM groups_of({}::UBIGINT)",
                                    reinterpret_cast<std::uintptr_t>(this)));
}

Status register_groups(Connection& connection) {
  auto* function = duckdb_create_table_function();
  auto* handle = duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT);
  duckdb_table_function_set_name(function, "groups_of");
  duckdb_table_function_add_parameter(function, handle);
  duckdb_table_function_set_bind(function, GroupsFunction::bind);
  duckdb_table_function_set_init(function, GroupsFunction::init);
  duckdb_table_function_set_function(function, GroupsFunction::scan);
  duckdb_table_function_supports_projection_pushdown(function, true);
  const auto state = duckdb_register_table_function(connection.get(), function);
  duckdb_destroy_logical_type(&handle);
  duckdb_destroy_table_function(&function);
  if (state == DuckDBError) return fail(ErrorKind::bug, "DuckDB does not register groups_of");
  return {};
}

}  // namespace quarentena::duck
