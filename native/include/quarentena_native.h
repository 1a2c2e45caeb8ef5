#ifndef QUARENTENA_NATIVE_H
#define QUARENTENA_NATIVE_H

/* What has no C++ library: Delta Lake (delta_kernel), the older spreadsheets (calamine), object stores and
 * cron expressions (croner).
 *
 * Every function that can fail returns a qn_status. When it is not QN_OK, QN_ABSENT or QN_CONFLICT,
 * `*error` holds a message in UTF-8 that the caller frees with qn_text_free; otherwise `*error` is
 * NULL. Texts given are UTF-8, NUL-terminated unless a size stands beside them. No Rust panic
 * crosses this boundary: it becomes QN_BUG. Handles may move between threads, but one handle serves
 * one call at a time unless said otherwise.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum qn_status {
  QN_OK = 0,
  QN_ABSENT = 1,    /* nothing there: no Delta table, no value; the end of a stream */
  QN_CONFLICT = 2,  /* another writer committed first; nothing of ours was written */
  QN_CONFIG = 10,
  QN_AUTH = 11,
  QN_MISSING = 12,
  QN_TRANSIENT = 13,
  QN_DATA = 14,
  QN_MACHINE = 15,
  QN_BUG = 16
} qn_status;

void qn_text_free(char* text);

/* ---- Spreadsheets: xls, xlsb, ods, xlsx -------------------------------------------------------
 *
 * The whole sheet is decoded on open (these formats cannot be streamed here), then handed out in
 * batches. Knows nothing of headers: row 1 is the sheet's first row, wherever its first cell stands.
 */

typedef enum qn_cell_kind {
  QN_CELL_TEXT = 0,
  QN_CELL_NUMBER = 1,    /* shortest exact text: 123, -0.5, 12345678901; no exponent, no ".0" */
  QN_CELL_DATE = 2,      /* 2024-05-28, or 2024-05-28T10:30:00[.123] when there is a time part */
  QN_CELL_TIME = 3,      /* a time of day or a duration: 10:30:00, 36:00:00 */
  QN_CELL_BOOL = 4,      /* TRUE or FALSE */
  QN_CELL_ERROR = 5      /* #N/A, #DIV/0!, ... */
} qn_cell_kind;

/* A cell that holds something; empty cells are not listed. */
typedef struct qn_cell {
  uint32_t row;      /* 1-based, as a person reads it in the sheet */
  uint32_t column;   /* 0-based: A is 0 */
  uint32_t kind;     /* qn_cell_kind */
  uint32_t size;     /* bytes of text */
  uint64_t offset;   /* into qn_cells.text */
} qn_cell;

/* One batch, by row and then by column, whole rows only. Owned by the sheet; valid until its next
 * qn_sheet_next or qn_sheet_close. */
typedef struct qn_cells {
  const qn_cell* cells;
  size_t cell_count;  /* 0: the end */
  const char* text;   /* all cells' texts back to back, not NUL-terminated */
  size_t text_size;
} qn_cells;

typedef struct qn_sheet qn_sheet;

/* `sheet` is NULL or "" for the first one. QN_MISSING: no such file, or no such sheet (the message
 * names those there). QN_DATA: not a spreadsheet, encrypted or truncated. QN_AUTH: no permission. */
qn_status qn_sheet_open(const char* path, const char* sheet, qn_sheet** out, char** error);
/* Cells of up to `max_rows` (>= 1) rows that hold something. */
qn_status qn_sheet_next(qn_sheet* sheet, size_t max_rows, qn_cells* out, char** error);
/* Rows that hold something, in all and handed out so far. Any thread may ask at any time. */
void qn_sheet_progress(const qn_sheet* sheet, uint64_t* rows_total, uint64_t* rows_done);
void qn_sheet_close(qn_sheet* sheet);
/* The file's sheets in order, as a JSON array of strings. */
qn_status qn_sheet_names(const char* path, char** names_json, char** error);

/* ---- Object stores: s3://, abfss://, gs:// -----------------------------------------------------
 *
 * Paths are keys inside the bucket or container, without a leading slash. What is transient is
 * retried inside, bounded; wrong credentials are not. Messages never hold a signature. `stop` is
 * NULL or an atomic byte; once it is not zero the call ends with QN_MACHINE. A store may be used from
 * several threads at once.
 */

typedef struct qn_store qn_store;

/* Credentials that end: asked for when first needed and again before they end, from any thread, one
 * call at a time. `get` hands its answer to `give(sink, json)` before it returns:
 * {key_id, secret_key, token?} for s3, {sas_token} or {bearer} for abfss, {bearer} for gs, and
 * expires_ms (Unix time) unless they last. When it returns another status than QN_OK, the text given
 * is the error's message. `release` is called once, when nothing uses the context any more. */
typedef struct qn_credentials {
  void* context;
  int32_t (*get)(void* context, void (*give)(void* sink, const char* text), void* sink);
  void (*release)(void* context);
} qn_credentials;

/* `options_json`: {url: "s3://bucket/", settings: {key: text}, connect_timeout_ms, stall_timeout_ms,
 * max_retries, patience_ms, max_connections, ca_file?}; the keys of `settings` are object_store's own
 * (aws_endpoint, azure_storage_account_key, google_service_account, ...). `credentials` is NULL when
 * the settings hold them; it is copied. Speaks with no server yet. */
qn_status qn_store_open(const char* options_json, const qn_credentials* credentials, qn_store** out,
                        char** error);
/* Tables opened on it stay usable. */
void qn_store_close(qn_store* store);

/* [{path, size, etag, modified_ms}], by path: the objects whose path begins with `beginning`. */
qn_status qn_store_list(const qn_store* store, const char* beginning, const unsigned char* stop,
                        char** json, char** error);
/* One such object. QN_ABSENT: none there. QN_MISSING: not even the bucket. */
qn_status qn_store_find(const qn_store* store, const char* path, const unsigned char* stop,
                        char** json, char** error);
/* `size` bytes of an object from `from` on, handed to `take(sink, bytes, size)` before this returns. QN_MISSING:
 * none there. */
qn_status qn_store_read(const qn_store* store, const char* path, uint64_t from, uint64_t size,
                        const unsigned char* stop, void* sink, void (*take)(void*, const uint8_t*, size_t),
                        char** error);
/* `objects_json`: [{path, etag, size, target}]. Each comes in ranges side by side into
 * `<target>.part`, and is renamed to `target` when it is whole; what an earlier call left there of the
 * same etag is not fetched again. `sha256_json`: ["<hex>"], in the order of `objects_json`; made while the
 * bytes come. QN_TRANSIENT: it changed meanwhile, or came short. */
qn_status qn_store_download(const qn_store* store, const char* objects_json,
                            const unsigned char* stop, char** sha256_json, char** error);
/* A small file, only where no object is: QN_CONFLICT: there is one, as it was. Of several at once one wins. An
 * answer that was lost may make a conflict of our own success: look at what is there. */
qn_status qn_store_upload_new(const qn_store* store, const char* file, const char* path,
                              const unsigned char* stop, char** error);
/* In parts when it is large; after a failure no object and no part is left. */
qn_status qn_store_upload(const qn_store* store, const char* file, const char* path,
                          const unsigned char* stop, char** error);
/* An object that is not there is no error. */
qn_status qn_store_remove(const qn_store* store, const char* path, char** error);

/* ---- Cron expressions ------------------------------------------------------------------------------
 *
 * Five fields as in a crontab, or six of which the first are seconds. Times are seconds since
 * 1970-01-01T00:00:00 on a clock without a zone: what daylight saving makes of them is the caller's.
 * QN_CONFIG: not an expression. QN_ABSENT: it never comes (February 30th).
 */

/* The first time after `after`; the newest at or before `until`. */
qn_status qn_cron_next(const char* expression, int64_t after, int64_t* next, char** error);
qn_status qn_cron_last(const char* expression, int64_t until, int64_t* last, char** error);

/* ---- Delta tables -----------------------------------------------------------------------------
 *
 * `location` is an absolute path, or a URL on `store` (NULL for a path). A qn_table is a snapshot: it never changes, and may be
 * used from several threads at once.
 */

typedef struct qn_table qn_table;
typedef struct qn_scan qn_scan;

/* `ratified_json` is NULL unless a catalog decides on the table's commits (feature catalogManaged);
 * then it is what the catalog says: {latest, commits: [{version, file_name, size, modified_ms}]}, the
 * commits being those that may not be in the log yet.
 * At most one of `version` and `timestamp_ms` is given; the other, or both for the latest, is -1.
 * QN_ABSENT: no table there. QN_MISSING: the table is there, that version or time is not. QN_CONFIG:
 * a catalog decides on it and `ratified_json` is NULL, or the other way round. */
qn_status qn_table_open(const char* location, const qn_store* store, const char* ratified_json,
                        int64_t version, int64_t timestamp_ms, qn_table** out, char** error);
void qn_table_close(qn_table* table);

/* {version, timestamp_ms, id, columns: [{name, type, nullable, metadata}], partition_columns: [..],
 *  configuration: {..}, min_reader, min_writer, reader_features: [..]|null, writer_features: [..]|null} */
qn_status qn_table_describe(const qn_table* table, char** json, char** error);

/* [{path, size, rows|null, partition: {column: text|null}, deletion_vector: bool}] ; paths are
 * decoded and absolute when local. */
qn_status qn_table_files(const qn_table* table, char** json, char** error);

/* The version of the last txn of an application. QN_ABSENT: it left none. */
qn_status qn_table_txn(const qn_table* table, const char* app_id, int64_t* version, char** error);

/* QN_CONFIG: the kernel does not write to a table with these features, and says which. */
qn_status qn_table_check_write(const qn_table* table, char** error);

/* The table's rows with `columns_json` (a JSON array of top-level names), in that order: deletion
 * vectors applied, columns mapped, partition values and widened types filled in. */
qn_status qn_scan_open(const qn_table* table, const char* columns_json, qn_scan** out, char** error);
/* Fills an ArrowSchema and an ArrowArray (Arrow C data interface), both released by the caller.
 * QN_ABSENT: the end. */
qn_status qn_scan_next(qn_scan* scan, void* arrow_schema, void* arrow_array, char** error);
void qn_scan_close(qn_scan* scan);

/* Rows in memory as a Parquet file at `path`, relative to the table (URI-encoded): whole or not at all, and
 * on the disk when this returns. `arrow_schema` and `arrow_array` point to Arrow C structs and are released
 * whatever comes. No table knows of it yet. */
qn_status qn_rows_write(const char* location, const qn_store* store, const char* path, void* arrow_schema,
                        void* arrow_array, int64_t* size, char** error);

/* Arrow IPC streams, as Spark sends and takes them. `bytes` is copied; NULL or a broken stream is
 * QN_DATA. Each qn_ipc_next fills an ArrowSchema and an ArrowArray, both released by the caller; QN_ABSENT:
 * the end. */
typedef struct qn_ipc qn_ipc;
qn_status qn_ipc_open(const uint8_t* bytes, size_t size, qn_ipc** out, char** error);
qn_status qn_ipc_next(qn_ipc* stream, void* arrow_schema, void* arrow_array, char** error);
void qn_ipc_close(qn_ipc* stream);

/* The rows of an array as JSON, [[text|null, ..], ..]: dates 2024-05-28, timestamps RFC 3339, numbers as they
 * are read. `arrow_schema` and `arrow_array` are released whatever comes. */
qn_status qn_rows_as_texts(void* arrow_schema, void* arrow_array, char** json, char** error);

/* The other way: {columns: [name, ..], rows: [[text|null, ..], ..]} as an Arrow IPC stream of text columns,
 * handed to `take(sink, bytes, size)` before this returns. */
qn_status qn_texts_as_ipc(const char* json, void* sink, void (*take)(void*, const uint8_t*, size_t), char** error);

/* The catalog that decides on a table's commits. `ratify` is called with a commit that is staged beside
 * the log, {version, timestamp_ms, file_name, size, modified_ms, published: int|null}, and returns
 * QN_OK when that is now the version, QN_CONFLICT when another commit is, or an error's status after
 * handing its message to `give(sink, text)`. `published` is the last version that is in the log. Called from the
 * thread of qn_table_commit or another, before that returns. */
typedef struct qn_catalog {
  void* context;
  int32_t (*ratify)(void* context, const char* commit_json, void (*give)(void* sink, const char* text),
                    void* sink);
} qn_catalog;

/* One commit; `catalog` is NULL where the log itself decides. `change_json`:
 * {txns: [{app_id, version}], commit_info: {key: text}, operation_parameters: {key: text},
 *  remove: [{column: text|null}],
 *  add: [{path, partition: {column: text|null}, size, modified_ms, stats: {..}}]}
 * `remove` takes away every file of the snapshot whose partition has the values of one of its
 * entries. QN_CONFLICT: the snapshot is not the latest any more; open again. A commit whose answer was
 * lost is looked for in the log by the `commitId` that is added to its commit_info. A checkpoint follows a
 * version that `checkpoint_every` divides; failing to write it is not an error. */
qn_status qn_table_commit(const qn_table* table, const char* change_json, const qn_catalog* catalog,
                          int64_t checkpoint_every, int64_t* version, char** error);
/* Version 0 of a new table with `schema_json` (Delta's struct as JSON) and `partition_columns_json`
 * (may be []), holding `add` of the change. QN_CONFLICT: somebody created it first. */
qn_status qn_table_create(const char* location, const qn_store* store, const char* schema_json,
                          const char* partition_columns_json, const char* change_json,
                          int64_t* version, char** error);

/* [{version, timestamp_ms, info: {commitInfo}}] of the commits after that version (-1: all), newest first; `ratified_json` as for qn_table_open.
 * QN_ABSENT: no table there. */
qn_status qn_table_history(const char* location, const qn_store* store, const char* ratified_json,
                           int64_t after, char** json, char** error);

#ifdef __cplusplus
}
#endif

#endif
