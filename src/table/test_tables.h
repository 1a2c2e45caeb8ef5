#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.h"
#include "base/source_folder_for_tests.h"
#include "table/arrow_c_data.h"
#include "table/table.h"

/// What the tests of src/table share: scratch folders, and Arrow C data read as text.
namespace quarentena {

inline const std::filesystem::path kKinds = source_folder() / "tests/delta_kinds/tables";

class ScratchFolder {
 public:
  ScratchFolder()
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("quarentena table é % {:x}", std::random_device{}())) {
    std::filesystem::create_directories(path_);
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

using TextRow = std::vector<std::optional<std::string>>;

template <class T>
T arrow_value(const ArrowArray& array, std::size_t buffer, std::int64_t row) {
  return static_cast<const T*>(array.buffers[buffer])[array.offset + row];
}

/// As Spark's CAST(... AS STRING) writes the types that the tables of tests/delta_kinds hold.
inline std::optional<std::string> arrow_text(const ArrowSchema& schema, const ArrowArray& array,
                                             std::int64_t row) {
  const auto at = static_cast<std::size_t>(array.offset + row);
  if (const auto* valid = static_cast<const std::uint8_t*>(array.buffers[0]);
      valid && (valid[at / 8] >> (at % 8) & 1) == 0) {
    return std::nullopt;
  }
  const std::string_view format = schema.format;
  if (format == "u") {
    const auto from = arrow_value<std::int32_t>(array, 1, row);
    const auto to = arrow_value<std::int32_t>(array, 1, row + 1);
    return std::string(static_cast<const char*>(array.buffers[2]) + from,
                       static_cast<std::size_t>(to - from));
  }
  if (format == "i") return std::to_string(arrow_value<std::int32_t>(array, 1, row));
  if (format == "l") return std::to_string(arrow_value<std::int64_t>(array, 1, row));
  if (format == "tdD") return Date(arrow_value<std::int32_t>(array, 1, row)).iso();
  if (format == "g") {
    const auto value = arrow_value<double>(array, 1, row);
    return value > 1e7 ? "1.0E" + fmt::format("{:e}", value).substr(10) : fmt::format("{}", value);
  }
  ADD_FAILURE() << "no test reads Arrow format " << format;
  return std::nullopt;
}

/// The scan's rows, sorted as expected.json has them: by text, NULL as "".
inline std::vector<TextRow> rows_of(DeltaScan& scan) {
  std::vector<TextRow> rows;
  for (;;) {
    ArrowSchema schema{};
    ArrowArray array{};
    const auto more = scan.next(&schema, &array);
    EXPECT_TRUE(more) << more.error().what;
    if (!more || !*more) break;
    for (std::int64_t row = 0; row < array.length; ++row) {
      auto& texts = rows.emplace_back();
      for (std::int64_t column = 0; column < array.n_children; ++column) {
        texts.push_back(arrow_text(*schema.children[column], *array.children[column], row));
      }
    }
    schema.release(&schema);
    array.release(&array);
  }
  std::sort(rows.begin(), rows.end(), [](const TextRow& a, const TextRow& b) {
    return std::lexicographical_compare(
        a.begin(), a.end(), b.begin(), b.end(),
        [](const auto& x, const auto& y) { return x.value_or("") < y.value_or(""); });
  });
  return rows;
}

}  // namespace quarentena
