#include "engine/duckdb/delta_rows.h"

#include <fmt/format.h>

#include <cerrno>

#include "table/arrow_c_data.h"

namespace quarentena::duck {

/// The scan gives a schema with every batch, Arrow wants it before the first: that one is kept for
/// as long as the view lives (DuckDB asks at every bind and leaves the release to us).
struct DeltaRows::Stream {
  ArrowArrayStream arrow{};
  std::unique_ptr<DeltaScan> scan;
  ArrowSchema schema{};
  ArrowArray batch{};  // the next one; not released by us once handed out
  std::optional<Error> error;

  ~Stream() {
    if (batch.release) batch.release(&batch);
    if (schema.release) schema.release(&schema);
  }

  /// True: there is a first batch, and so a schema.
  Result<bool> start(std::unique_ptr<DeltaScan> rows) {
    scan = std::move(rows);
    return scan->next(&schema, &batch);
  }

  int give_schema(ArrowSchema* out) const {
    *out = schema;
    return 0;
  }

  int give_batch(ArrowArray* out) {
    *out = {};
    if (!batch.release) {
      ArrowSchema same{};
      auto more = scan->next(&same, &batch);
      if (same.release) same.release(&same);
      if (!more) {
        error = more.error();
        return EIO;
      }
      if (!*more) return 0;
    }
    *out = batch;
    batch = {};
    return 0;
  }
};

namespace {

/// A table without rows has no batch to take the types from.
std::string empty_view(const std::string& name, const Snapshot& snapshot,
                       const std::vector<std::string>& columns) {
  std::string select;
  for (const auto& wanted : columns)
    for (const auto& column : snapshot.columns) {
      if (column.name != wanted) continue;
      const auto type = column.type == "date"        ? "DATE"
                        : column.type == "timestamp" ? "TIMESTAMPTZ"
                                                     : "VARCHAR";
      select += fmt::format("NULL::{} AS {}, ", type, identifier(wanted));
    }
  return fmt::format(
      "CREATE OR REPLACE TEMP VIEW {} AS SELECT {}'' AS __file, 0::BIGINT AS __row WHERE false",
      identifier(name), select);
}

}  // namespace

DeltaRows::DeltaRows() : stream_(std::make_unique<Stream>()) {}
DeltaRows::~DeltaRows() = default;

const std::optional<Error>& DeltaRows::error() const { return stream_->error; }

Status DeltaRows::create_view(Connection& connection, const std::string& name,
                              const Snapshot& snapshot, const std::vector<std::string>& columns) {
  AsOf version;
  version.version = snapshot.version;
  TRY_ASSIGN(auto rows,
             scan({snapshot.location, snapshot.store, snapshot.commits}, version, columns));
  TRY_ASSIGN(const bool any, stream_->start(std::move(rows)));
  if (!any) return connection.run(empty_view(name, snapshot, columns));

  auto& arrow = stream_->arrow;
  arrow.private_data = stream_.get();
  arrow.get_schema = [](ArrowArrayStream* s, ArrowSchema* out) {
    return static_cast<Stream*>(s->private_data)->give_schema(out);
  };
  arrow.get_next = [](ArrowArrayStream* s, ArrowArray* out) {
    return static_cast<Stream*>(s->private_data)->give_batch(out);
  };
  arrow.get_last_error = [](ArrowArrayStream* s) -> const char* {
    const auto& error = static_cast<Stream*>(s->private_data)->error;
    return error ? error->what.c_str() : nullptr;
  };
  arrow.release = [](ArrowArrayStream* s) { s->release = nullptr; };

  const auto raw = name + "_arrow";
  if (duckdb_arrow_scan(connection.get(), raw.c_str(),
                        reinterpret_cast<duckdb_arrow_stream>(&arrow)) == DuckDBError)
    return fail(ErrorKind::bug,
                fmt::format("DuckDB does not read the Delta table at {}", snapshot.location));
  return connection.run(
      fmt::format("CREATE OR REPLACE TEMP VIEW {} AS SELECT *, {} AS __file, row_number() OVER () "
                  "AS __row FROM {}",
                  identifier(name), literal(snapshot.location), identifier(raw)));
}

}  // namespace quarentena::duck
