#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "net/databricks_client.h"
#include "net/retry.h"
#include "spark/address.h"

/// SQL sent to a Spark that runs somewhere else.
namespace quarentena {

/// How far one statement has come, as the server tells it: only what has been planned so far
/// counts, so `tasks_total` grows.
struct SqlProgress {
  std::int64_t tasks_done = 0;
  std::int64_t tasks_total = 0;
  std::int64_t bytes_read = 0;
};

using TextRow = std::vector<std::optional<std::string>>;

/// Small rows of ours for the server: every column is text.
struct TextRows {
  std::vector<std::string> columns;
  std::vector<TextRow> rows;
};

/// The rows of one query, as they come. One thread at a time; it may outlive other answers of its
/// session but not the session. Given up before its end, the query is stopped on the server.
class SqlAnswer {
 public:
  virtual ~SqlAnswer() = default;
  /// The next batch, as Arrow C data: `schema` and `array` point to structs ArrowSchema and
  /// ArrowArray, released by the caller with their own callbacks. A query without rows gives one
  /// batch of none, which tells the columns. False at the end. Errors as SqlSession::query.
  virtual Result<bool> next(void* schema, void* array) = 0;
};

/// All rows that are left, as text: dates 2024-05-28, timestamps RFC 3339. For answers that fit in
/// memory several times over.
Result<std::vector<TextRow>> rows_of(SqlAnswer& answer);

/// A session of a server: settings and temporary views live as long as it. Safe from any thread;
/// statements may run side by side.
///
/// Errors of a statement carry the server's class, message and SQLSTATE in `what` (without values
/// of rows): auth (401, privileges), config (SQL or settings the server refuses), missing (a table,
/// a schema, a path), conflict (a concurrent commit), data (a value that cannot be cast, a
/// constraint), transient (no answer after all retries, session lost: see lost()), machine (stopped
/// by us).
class SqlSession {
 public:
  virtual ~SqlSession() = default;

  /// Runs one statement and gives its rows. A command (DDL, DML) has run when this returns, once:
  /// it is not sent again unless the server says that it never saw it. No parameters: the caller
  /// renders its literals.
  virtual Result<std::unique_ptr<SqlAnswer>> query(const std::string& sql) = 0;
  /// Runs one statement to its end, rows thrown away.
  virtual Status execute(const std::string& sql) = 0;
  /// A setting of the session (`spark.sql....`).
  virtual Status set(const std::string& key, const std::string& value) = 0;
  /// A temporary view of this session over rows of ours; replaces one of that name. They travel in
  /// one message: for some thousands of rows.
  virtual Status upload_view(const std::string& name, const TextRows& rows) = 0;
  /// Stops every statement that runs, here and on the server: they end with ErrorKind::machine.
  virtual void interrupt() = 0;
  /// The server forgot this session (restarted, evicted): statements fail with transient from now
  /// on and only a new session helps.
  virtual bool lost() const = 0;
  /// The server's own name of its version: "4.2.1".
  virtual const std::string& version() const = 0;
};

struct SparkOptions {
  SparkAddress address;
  /// Tokens for Databricks, in place of address.token: asked before each call, renewed once when
  /// the server does not accept one. They go to the login's own host only, and over TLS as a token
  /// of the address would. May be null.
  std::shared_ptr<DatabricksClient> login;
  std::filesystem::path ca_file;  ///< PEM, in place of the system's authorities; as TlsOptions
  /// Spark's own clients wait ten minutes in all; a server that restarts is back in one.
  RetryPolicy retry{.attempts = 12,
                    .base = std::chrono::milliseconds(50),
                    .cap = std::chrono::milliseconds(20'000)};
  std::chrono::milliseconds call_timeout{60'000};  ///< of a call that runs no statement
  /// A stream of answers is taken up again after this time, heard from or not: a server cuts its
  /// own after two minutes, so only a dead connection gets this old.
  std::chrono::milliseconds stream_timeout{300'000};
  /// An idle session is asked something this often: a server forgets it after an hour.
  std::chrono::milliseconds keep_alive{600'000};
  const std::atomic<bool>* stop = nullptr;           ///< set: as interrupt(). May be null
  std::function<void(const SqlProgress&)> progress;  ///< called from the statement's thread
};

/// Connects, and asks the server's version. Errors: config (no TLS there, an unknown authority),
/// auth, transient (nobody answers).
Result<std::unique_ptr<SqlSession>> open_spark_session(SparkOptions options);

}  // namespace quarentena
