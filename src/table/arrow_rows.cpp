#include "table/arrow_rows.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>
#include <string_view>

namespace quarentena {
namespace {

constexpr std::int64_t kNullable = 2;  // ARROW_FLAG_NULLABLE
constexpr std::int64_t kMicrosPerMs = 1000;

const char* format_of(SmallType type) {
  switch (type) {
    case SmallType::text:
      return "u";
    case SmallType::whole:
      return "l";
    case SmallType::integer:
      return "i";
    case SmallType::date:
      return "tdD";
    case SmallType::timestamp:
      return "tsu:UTC";
  }
  return "";
}

void forget(ArrowSchema* schema) { schema->release = nullptr; }
void forget_child(ArrowArray* array) { array->release = nullptr; }

/// One column's buffers: validity, then numbers, or offsets and texts.
struct Column {
  std::vector<std::uint8_t> valid;
  std::vector<std::uint8_t> numbers;
  std::vector<std::int32_t> offsets;
  std::string texts;
  std::int64_t nulls = 0;
  const void* buffers[3] = {};
  ArrowArray array{};

  template <class T>
  void push(T number) {
    const auto at = numbers.size();
    numbers.resize(at + sizeof(T));
    std::memcpy(numbers.data() + at, &number, sizeof(T));
  }
};

void push_number(Column& column, SmallType type, std::int64_t number) {
  switch (type) {
    case SmallType::whole:
      return column.push(number);
    case SmallType::timestamp:
      return column.push(number * kMicrosPerMs);
    default:
      return column.push(static_cast<std::int32_t>(number));
  }
}

void push_value(Column& column, SmallType type, std::size_t row, const SmallValue& value) {
  if (row % 8 == 0) column.valid.push_back(0);
  if (std::holds_alternative<std::monostate>(value)) {
    ++column.nulls;
  } else {
    column.valid.back() = static_cast<std::uint8_t>(column.valid.back() | 1u << row % 8);
  }
  if (type != SmallType::text) {
    const auto* number = std::get_if<std::int64_t>(&value);
    return push_number(column, type, number ? *number : 0);
  }
  if (const auto* text = std::get_if<std::string>(&value)) column.texts += *text;
  column.offsets.push_back(static_cast<std::int32_t>(column.texts.size()));
}

bool fits(SmallType type, const SmallValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return true;
  return std::holds_alternative<std::string>(value) == (type == SmallType::text);
}

/// What an exported array points to.
struct Exported {
  std::vector<Column> columns;
  std::vector<ArrowArray*> children;
  const void* no_validity = nullptr;

  static void release(ArrowArray* array) {
    delete static_cast<Exported*>(array->private_data);
    array->release = nullptr;
  }
};

void close(Column& column, SmallType type, std::int64_t rows) {
  const bool text = type == SmallType::text;
  column.buffers[0] = column.valid.data();
  column.buffers[1] = text ? static_cast<const void*>(column.offsets.data())
                           : static_cast<const void*>(column.numbers.data());
  column.buffers[2] = column.texts.data();
  column.array.length = rows;
  column.array.null_count = column.nulls;
  column.array.n_buffers = text ? 3 : 2;
  column.array.buffers = column.buffers;
  column.array.release = forget_child;
}

template <class T>
T number_at(const ArrowArray& array, std::size_t buffer, std::int64_t row) {
  return static_cast<const T*>(array.buffers[buffer])[array.offset + row];
}

bool is_null(const ArrowArray& array, std::int64_t row) {
  const auto* valid = static_cast<const std::uint8_t*>(array.buffers[0]);
  const auto at = static_cast<std::size_t>(array.offset + row);
  return valid && (valid[at / 8] >> (at % 8) & 1) == 0;
}

SmallValue value_at(SmallType type, const ArrowArray& array, std::int64_t row) {
  if (is_null(array, row)) return {};
  switch (type) {
    case SmallType::text: {
      const auto from = number_at<std::int32_t>(array, 1, row);
      const auto to = number_at<std::int32_t>(array, 1, row + 1);
      return std::string(static_cast<const char*>(array.buffers[2]) + from,
                         static_cast<std::size_t>(to - from));
    }
    case SmallType::whole:
      return number_at<std::int64_t>(array, 1, row);
    case SmallType::timestamp:
      return number_at<std::int64_t>(array, 1, row) / kMicrosPerMs;
    default:
      return std::int64_t{number_at<std::int32_t>(array, 1, row)};
  }
}

}  // namespace

ArrowColumns::ArrowColumns(const std::vector<SmallColumn>& columns)
    : columns_(columns), children_(columns.size()) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto& child = children_[i];
    child.format = format_of(columns_[i].type);
    child.name = columns_[i].name.c_str();
    child.flags = kNullable;
    child.release = forget;
    pointers_.push_back(&child);
  }
  top_.format = "+s";
  top_.name = "";
  top_.n_children = static_cast<std::int64_t>(children_.size());
  top_.children = pointers_.data();
  top_.release = forget;
}

Result<ArrowArray> arrow_of(const std::vector<SmallColumn>& columns,
                            const std::vector<SmallRow>& rows) {
  auto exported = std::make_unique<Exported>();
  exported->columns.resize(columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    auto& column = exported->columns[c];
    if (columns[c].type == SmallType::text) column.offsets.push_back(0);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (rows[row].size() != columns.size() || !fits(columns[c].type, rows[row][c]))
        return fail(ErrorKind::bug, fmt::format("a row does not fit column {}", columns[c].name));
      push_value(column, columns[c].type, row, rows[row][c]);
      if (column.texts.size() > std::numeric_limits<std::int32_t>::max())
        return fail(ErrorKind::machine, fmt::format("column {} passes 2 GB", columns[c].name));
    }
    close(column, columns[c].type, static_cast<std::int64_t>(rows.size()));
    exported->children.push_back(&column.array);
  }
  ArrowArray top{};
  top.length = static_cast<std::int64_t>(rows.size());
  top.n_buffers = 1;
  top.buffers = &exported->no_validity;
  top.n_children = static_cast<std::int64_t>(columns.size());
  top.children = exported->children.data();
  top.release = Exported::release;
  top.private_data = exported.release();
  return top;
}

std::optional<std::string> append_rows(const std::vector<SmallColumn>& columns,
                                       const ArrowSchema& schema, const ArrowArray& batch,
                                       std::vector<SmallRow>& rows) {
  for (std::size_t c = 0; c < columns.size(); ++c)
    if (std::string_view(schema.children[c]->format) != format_of(columns[c].type))
      return columns[c].name;
  rows.reserve(rows.size() + static_cast<std::size_t>(batch.length));
  for (std::int64_t row = 0; row < batch.length; ++row) {
    auto& values = rows.emplace_back();
    values.reserve(columns.size());
    for (std::size_t c = 0; c < columns.size(); ++c)
      values.push_back(value_at(columns[c].type, *batch.children[c], row));
  }
  return std::nullopt;
}

}  // namespace quarentena
