#include "engine/duckdb/database.h"

#include <fmt/format.h>

#include <cstring>

#include "rules/dialect.h"

namespace quarentena::duck {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

std::string literal(std::string_view text) { return duckdb_dialect().text(text); }

std::string identifier(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

Error error_of(const std::string& message, ErrorKind otherwise) {
  if (contains(message, "No space left on device"))
    return {ErrorKind::machine, "the disk is full",
            "free some space and run again; the table is as it was"};
  if (contains(message, "File too large"))
    return {ErrorKind::machine, "a file would pass the size this user may write",
            "raise `ulimit -f` and run again"};
  if (contains(message, "Out of Memory"))
    return {ErrorKind::machine, "not enough memory: " + message.substr(0, message.find('\n')),
            "give the process more memory, or more disk for what it spills"};
  if (contains(message, "Permission denied"))
    return {ErrorKind::auth, message.substr(0, message.find('\n')),
            "check the permissions of that path"};
  if (contains(message, "INTERRUPT") || contains(message, "Interrupted"))
    return {ErrorKind::machine, "interrupted", "the table is as it was; run again when you like"};
  if (contains(message, "INTERNAL Error"))
    return {ErrorKind::bug, message.substr(0, message.find('\n')),
            "this is a bug; please report it with the command that led here"};
  return {otherwise, message, ""};
}

Result<std::unique_ptr<Database>> Database::open(const Options& options) {
  duckdb_config config = nullptr;
  duckdb_create_config(&config);
  const auto set = [&](const char* key, const std::string& value) {
    duckdb_set_config(config, key, value.c_str());
  };
  set("threads", std::to_string(options.threads));
  // Row order means nothing here, and keeping it would hold whole results in memory.
  set("preserve_insertion_order", "false");
  set("autoinstall_known_extensions", "false");
  set("autoload_known_extensions", "false");
  set("temp_directory", options.spill_folder.string());
  std::unique_ptr<Database> database(new Database());
  char* message = nullptr;
  const auto state = duckdb_open_ext(nullptr, &database->handle_, config, &message);
  duckdb_destroy_config(&config);
  if (state == DuckDBError) {
    auto error = error_of(message ? message : "DuckDB does not open", ErrorKind::machine);
    duckdb_free(message);
    return tl::unexpected<Error>(std::move(error));
  }
  return database;
}

Database::~Database() { duckdb_close(&handle_); }

Result<std::unique_ptr<Connection>> Database::connect() {
  duckdb_connection handle = nullptr;
  if (duckdb_connect(handle_, &handle) == DuckDBError)
    return fail(ErrorKind::machine, "DuckDB does not accept another connection");
  std::unique_ptr<Connection> connection(new Connection(*this, handle));
  const std::lock_guard lock(mutex_);
  connections_.insert(connection.get());
  return connection;
}

void Database::interrupt() {
  const std::lock_guard lock(mutex_);
  interrupted_ = true;
  for (auto* connection : connections_) duckdb_interrupt(connection->handle_);
}

bool Database::interrupted() const {
  const std::lock_guard lock(mutex_);
  return interrupted_;
}

Connection::~Connection() {
  {
    const std::lock_guard lock(database_.mutex_);
    database_.connections_.erase(this);
  }
  duckdb_disconnect(&handle_);
}

Result<Answer> Connection::query(const std::string& sql) {
  // duckdb_interrupt only stops what is running: a statement that starts later must not.
  if (database_.interrupted())
    return fail(ErrorKind::machine, "interrupted",
                "the table is as it was; run again when you like");
  duckdb_result result{};
  if (duckdb_query(handle_, sql.c_str(), &result) == DuckDBError) {
    const char* message = duckdb_result_error(&result);
    auto error = error_of(message ? message : "the query failed", ErrorKind::config);
    duckdb_destroy_result(&result);
    return tl::unexpected<Error>(std::move(error));
  }
  return Answer(result);
}

Status Connection::run(const std::string& sql) {
  TRY_ASSIGN([[maybe_unused]] const Answer done, query(sql));
  return {};
}

Answer::~Answer() { duckdb_destroy_result(&result_); }

duckdb_string_t string_of(std::string_view text) {
  duckdb_string_t out{};
  const auto size = static_cast<std::uint32_t>(text.size());
  if (size <= sizeof(out.value.inlined.inlined)) {
    out.value.inlined.length = size;
    if (size > 0) std::memcpy(out.value.inlined.inlined, text.data(), size);
  } else {
    out.value.pointer.length = size;
    std::memcpy(out.value.pointer.prefix, text.data(), sizeof(out.value.pointer.prefix));
    out.value.pointer.ptr = const_cast<char*>(text.data());
  }
  return out;
}

std::string_view text_at(duckdb_vector vector, std::size_t row) {
  auto* text = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector)) + row;
  return {duckdb_string_t_data(text), duckdb_string_t_length(*text)};
}

bool is_null(duckdb_vector vector, std::size_t row) {
  auto* validity = duckdb_vector_get_validity(vector);
  return validity && !duckdb_validity_row_is_valid(validity, row);
}

void Answer::each_row(
    const std::function<void(const std::vector<std::optional<std::string>>&)>& row) {
  std::vector<std::optional<std::string>> values(columns());
  while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result_)) {
    const auto size = duckdb_data_chunk_get_size(chunk);
    for (idx_t r = 0; r < size; ++r) {
      for (std::size_t c = 0; c < values.size(); ++c) {
        auto* vector = duckdb_data_chunk_get_vector(chunk, c);
        values[c] =
            is_null(vector, r) ? std::nullopt : std::optional(std::string(text_at(vector, r)));
      }
      row(values);
    }
    duckdb_destroy_data_chunk(&chunk);
  }
}

std::vector<std::optional<std::string>> Answer::first_row() {
  std::vector<std::optional<std::string>> first;
  each_row([&](const auto& row) {
    if (first.empty()) first = row;
  });
  return first;
}

}  // namespace quarentena::duck
