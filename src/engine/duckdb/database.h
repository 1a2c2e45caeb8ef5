#pragma once

#include <duckdb.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

/// RAII over DuckDB's C API. Private to engine/: no header outside it includes duckdb.h.
namespace quarentena::duck {

class Connection;

/// One in-memory database. Connections may be opened from any thread.
class Database {
 public:
  struct Options {
    std::size_t threads = 1;             ///< with the calling one, which works too
    std::filesystem::path spill_folder;  ///< empty: no spilling
  };
  static Result<std::unique_ptr<Database>> open(const Options& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Result<std::unique_ptr<Connection>> connect();

  /// Interrupts what runs on every connection, now and on later ones.
  void interrupt();
  bool interrupted() const;

 private:
  friend class Connection;
  Database() = default;
  duckdb_database handle_ = nullptr;
  mutable std::mutex mutex_;
  std::set<Connection*> connections_;
  bool interrupted_ = false;
};

/// A materialised answer, or a stream when asked for. Move-only.
class Answer {
 public:
  explicit Answer(duckdb_result result) : result_(result) {}
  ~Answer();
  Answer(Answer&& other) noexcept : result_(other.result_) { other.result_ = {}; }
  Answer& operator=(Answer&&) = delete;

  std::size_t columns() { return duckdb_column_count(&result_); }
  std::string name(std::size_t column) { return duckdb_column_name(&result_, column); }
  duckdb_type type(std::size_t column) { return duckdb_column_type(&result_, column); }

  /// Calls `row` for every row with its values as text (nullopt: NULL). For small answers: every
  /// column must be VARCHAR (select with casts).
  void each_row(const std::function<void(const std::vector<std::optional<std::string>>&)>& row);
  /// The first row, or empty.
  std::vector<std::optional<std::string>> first_row();

  duckdb_result* get() { return &result_; }

 private:
  duckdb_result result_;
};

/// One connection; not thread-safe.
class Connection {
 public:
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<Answer> query(const std::string& sql);
  Status run(const std::string& sql);
  duckdb_connection get() { return handle_; }

 private:
  friend class Database;
  Connection(Database& database, duckdb_connection handle) : database_(database), handle_(handle) {}
  Database& database_;
  duckdb_connection handle_;
};

/// DuckDB's message as one of ours: out of memory and disk full are the machine's, the rest is the
/// caller's to classify (ErrorKind::config for SQL a user wrote).
Error error_of(const std::string& message, ErrorKind otherwise);

/// 'text' as an SQL literal, "name" as an identifier.
std::string literal(std::string_view text);
std::string identifier(std::string_view name);

/// A text as DuckDB's string; one of more than 12 bytes is pointed to, not copied.
duckdb_string_t string_of(std::string_view text);
/// The text in a VARCHAR vector at `row` (which must not be NULL).
std::string_view text_at(duckdb_vector vector, std::size_t row);
bool is_null(duckdb_vector vector, std::size_t row);

}  // namespace quarentena::duck
