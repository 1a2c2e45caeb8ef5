#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include "sources/format/row_reader.h"
#include "sources/format/text_encoding.h"

/// One target for the readers of whole files. The first byte chooses the format and its options,
/// the rest is the file. What must hold for any bytes: no crash, no hang, and only UTF-8 handed
/// out.
namespace {

using namespace quarentena;

ReaderOptions options_for(std::uint8_t choice) {
  switch (choice % 6) {
    case 0:
      return {CsvOptions{';', '"', false, {"a", "b"}, "auto"}, {"b", "a"}};
    case 1:
      return {CsvOptions{',', '\0', true, {}, "windows-1252"}, {"a"}};
    case 2:
      return {CsvOptions{',', '\'', false, {"a"}, "utf-16"}, {"a"}};
    case 3:
    case 4:
      return {JsonOptions{}, {"a", "a.b", "c.d", "c.e.f", "g"}};
    default:
      return {XlsxOptions{}, {"id", "nome"}};
  }
}

void check(bool holds) {
  if (!holds) std::abort();
}

void drain(RowReader& reader) {
  RowBatch batch;
  while (reader.next(batch)) {
    if (batch.size == 0 && batch.malformed.empty()) return;
    check(batch.size <= RowBatch::kRows);
    for (const auto& column : batch.columns) {
      for (std::size_t i = 0; i < batch.size; ++i) check(is_utf8(column[i]));
    }
    for (const Malformed& bad : batch.malformed) {
      check(bad.value.size() <= kMaxRawBytes && is_utf8(bad.value) && !bad.reason.empty());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const std::string path = "/dev/shm/quarentena-fuzz-" + std::to_string(::getpid());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data) + 1, static_cast<std::streamsize>(size - 1));
  const ReaderOptions options = options_for(data[0]);
  if (const auto names = columns_of(path, options.format); names && *names) {
    for (const std::string& name : **names) check(is_utf8(name));
  }
  if (auto reader = open_rows(path, options)) drain(**reader);
  return 0;
}
