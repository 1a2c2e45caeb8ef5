#include "spark/arrow_batches.h"

#include <quarentena_native.h>

#include <nlohmann/json.hpp>

namespace quarentena {
namespace {

using nlohmann::json;

/// As large as the Arrow C data interface makes them; only the native crate looks inside.
struct alignas(8) ArrowStruct {
  unsigned char bytes[80];
};

tl::unexpected<Error> native_failure(qn_status status, char* message) {
  std::string text = message ? message : "no reason given";
  qn_text_free(message);
  if (status == QN_DATA)
    return fail(ErrorKind::transient, "Spark's answer is not an Arrow stream: " + text,
                "it was damaged on its way, or the server is not one of Spark 3.5 or newer");
  return fail(ErrorKind::bug, "Arrow: " + text);
}

json to_json(const TextRows& rows) {
  json all = json::array();
  for (const auto& row : rows.rows) {
    json values = json::array();
    for (const auto& value : row) values.push_back(value ? json(*value) : json(nullptr));
    all.push_back(std::move(values));
  }
  return {{"columns", rows.columns}, {"rows", std::move(all)}};
}

}  // namespace

void ArrowBatches::Close::operator()(qn_ipc* stream) const { qn_ipc_close(stream); }

Result<ArrowBatches> ArrowBatches::open(const std::string& bytes) {
  qn_ipc* stream = nullptr;
  char* error = nullptr;
  const auto status = qn_ipc_open(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
                                  &stream, &error);
  if (status != QN_OK) return native_failure(status, error);
  return ArrowBatches(stream);
}

Result<bool> ArrowBatches::next(void* schema, void* array) {
  char* error = nullptr;
  const auto status = qn_ipc_next(stream_.get(), schema, array, &error);
  if (status == QN_ABSENT) return false;
  if (status != QN_OK) return native_failure(status, error);
  return true;
}

Result<std::string> to_ipc(const TextRows& rows) {
  std::string bytes;
  const auto take = [](void* sink, const std::uint8_t* data, std::size_t size) {
    static_cast<std::string*>(sink)->assign(reinterpret_cast<const char*>(data), size);
  };
  char* error = nullptr;
  const auto status = qn_texts_as_ipc(to_json(rows).dump().c_str(), &bytes, take, &error);
  if (status != QN_OK) return native_failure(status, error);
  return bytes;
}

Result<std::vector<TextRow>> rows_of(SqlAnswer& answer) {
  std::vector<TextRow> rows;
  while (true) {
    ArrowStruct schema{}, array{};
    TRY_ASSIGN(const bool more, answer.next(&schema, &array));
    if (!more) return rows;
    char *text = nullptr, *error = nullptr;
    const auto status = qn_rows_as_texts(&schema, &array, &text, &error);
    if (status != QN_OK) return native_failure(status, error);
    const auto batch = json::parse(text);
    qn_text_free(text);
    for (const auto& row : batch) {
      auto& values = rows.emplace_back();
      for (const auto& value : row)
        values.push_back(value.is_null() ? std::nullopt : std::optional(value.get<std::string>()));
    }
  }
}

}  // namespace quarentena
