#include "sources/format/json_record.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <bitset>
#include <cstring>
#include <type_traits>

namespace quarentena {
namespace {

using namespace simdjson;

constexpr std::size_t kMostRows = 100'000;
constexpr int kDeepest = 64;
constexpr std::size_t kMostEdges = 1024;

std::string_view without_blanks(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// RFC 8259, 6.
bool is_number(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - from;
  };
  if (at < text.size() && text[at] == '-') ++at;
  const std::size_t whole = at;
  const std::size_t count = digits();
  if (count == 0 || (count > 1 && text[whole] == '0')) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

struct Rows {
  std::size_t count = 0;
  std::vector<std::string_view> cells;
};

}  // namespace

class JsonRecord::Impl {
 public:
  explicit Impl(const std::vector<std::string>& columns)
      : names(columns), paths(columns), seen(columns.size()) {}

  bool read(const char* text, std::size_t size, TextArena& arena);

  std::vector<std::string> names;
  JsonPaths paths;
  std::vector<bool> seen;
  Rows rows;
  Failure failure;

 private:
  bool object(ondemand::object fields, std::size_t node, int depth, Rows& into);
  bool array(ondemand::array elements, std::size_t node, int depth, Rows& into);
  bool field(ondemand::value value, const JsonPaths::Edge& edge, int depth, Rows& into);
  bool below(ondemand::value value, std::size_t node, int depth, Rows& into);
  template <class Container>
  bool container(Container items, const JsonPaths::Edge& edge, int depth, Rows& into);
  bool scalar(ondemand::value value, ondemand::json_type type, std::size_t column,
              std::string_view& text);
  void put(std::string_view text, std::size_t column, Rows& into);
  bool string(ondemand::raw_json_string raw, std::string_view& text);
  bool combine(Rows& into, const Rows& with, std::size_t node);
  bool fail(std::string reason, std::string column = {});
  bool fail(error_code code) { return fail(fmt::format("not JSON: {}", error_message(code))); }
  Rows blank() const { return {1, std::vector<std::string_view>(names.size())}; }

  ondemand::parser parser_;
  TextArena* arena_ = nullptr;
  const char* end_ = nullptr;
};

bool JsonRecord::Impl::fail(std::string reason, std::string column) {
  failure = {std::move(reason), std::move(column)};
  return false;
}

bool JsonRecord::Impl::read(const char* text, std::size_t size, TextArena& arena) {
  arena_ = &arena;
  end_ = text + size;
  rows.count = 1;
  rows.cells.assign(names.size(), std::string_view());
  ondemand::document document;
  ondemand::object fields;
  if (const auto code = parser_.iterate(text, size, size + SIMDJSON_PADDING).get(document)) {
    return fail(code);
  }
  if (const auto code = document.get_object().get(fields)) return fail(code);
  if (!object(fields, 0, 0, rows)) return false;
  if (document.current_location().error() == OUT_OF_BOUNDS) return true;
  return fail("something else follows the object on its line");
}

bool JsonRecord::Impl::object(ondemand::object fields, std::size_t node, int depth, Rows& into) {
  if (depth > kDeepest) return fail("nested too deeply");
  std::bitset<kMostEdges> met;
  for (auto result : fields) {
    ondemand::field next;
    if (const auto code = std::move(result).get(next)) return fail(code);
    std::string_view key;
    if (!string(next.key(), key)) return false;
    const std::size_t edge = paths.find(node, key);
    if (edge == JsonPaths::kNone) continue;
    if (edge < kMostEdges && met.test(edge)) continue;
    if (edge < kMostEdges) met.set(edge);
    if (!field(next.value(), paths.node(node).edges[edge], depth, into)) return false;
  }
  return true;
}

bool JsonRecord::Impl::field(ondemand::value value, const JsonPaths::Edge& edge, int depth,
                             Rows& into) {
  if (edge.column != JsonPaths::kNone) seen[edge.column] = true;
  ondemand::json_type type;
  if (const auto code = value.type().get(type)) return fail(code);
  if (type == ondemand::json_type::object) {
    ondemand::object fields;
    if (const auto code = value.get_object().get(fields)) return fail(code);
    return container(fields, edge, depth, into);
  }
  if (type == ondemand::json_type::array) {
    ondemand::array elements;
    if (const auto code = value.get_array().get(elements)) return fail(code);
    return container(elements, edge, depth, into);
  }
  if (edge.column == JsonPaths::kNone) return true;
  std::string_view text;
  if (!scalar(value, type, edge.column, text)) return false;
  put(text, edge.column, into);
  return true;
}

/// An object or array that is a column, leads to others, or both. simdjson lets a value be opened
/// once only: what was read as text is reset, not opened again.
template <class Container>
bool JsonRecord::Impl::container(Container items, const JsonPaths::Edge& edge, int depth,
                                 Rows& into) {
  if (edge.column != JsonPaths::kNone) {
    std::string_view text;
    if (const auto code = items.raw_json().get(text)) return fail(code);
    if (items.reset().error() != SUCCESS) return fail("not JSON");
    put(without_blanks(text), edge.column, into);
  }
  if (edge.child == JsonPaths::kNone) return true;
  if constexpr (std::is_same_v<Container, ondemand::object>) {
    return object(items, edge.child, depth + 1, into);
  } else {
    return array(items, edge.child, depth + 1, into);
  }
}

void JsonRecord::Impl::put(std::string_view text, std::size_t column, Rows& into) {
  for (std::size_t row = 0; row < into.count; ++row) {
    into.cells[row * names.size() + column] = text;
  }
}

/// A value on the way: what is neither object nor array has nothing below it.
bool JsonRecord::Impl::below(ondemand::value value, std::size_t node, int depth, Rows& into) {
  ondemand::json_type type;
  if (const auto code = value.type().get(type)) return fail(code);
  if (type == ondemand::json_type::object) {
    ondemand::object fields;
    if (const auto code = value.get_object().get(fields)) return fail(code);
    return object(fields, node, depth, into);
  }
  if (type != ondemand::json_type::array) return true;
  ondemand::array elements;
  if (const auto code = value.get_array().get(elements)) return fail(code);
  return array(elements, node, depth, into);
}

bool JsonRecord::Impl::array(ondemand::array elements, std::size_t node, int depth, Rows& into) {
  if (depth > kDeepest) return fail("nested too deeply");
  Rows all;
  for (auto result : elements) {
    ondemand::value element;
    if (const auto code = std::move(result).get(element)) return fail(code);
    Rows one = blank();
    if (!below(element, node, depth + 1, one)) return false;
    all.count += one.count;
    if (all.count > kMostRows) return fail(fmt::format("more than {} rows", kMostRows));
    all.cells.insert(all.cells.end(), one.cells.begin(), one.cells.end());
  }
  return all.count == 0 || combine(into, all, node);
}

bool JsonRecord::Impl::combine(Rows& into, const Rows& with, std::size_t node) {
  const std::size_t width = names.size();
  Rows product;
  product.count = into.count * with.count;
  if (product.count > kMostRows) return fail(fmt::format("more than {} rows", kMostRows));
  product.cells.reserve(product.count * width);
  for (std::size_t i = 0; i < into.count; ++i) {
    for (std::size_t j = 0; j < with.count; ++j) {
      const auto from = into.cells.begin() + static_cast<std::ptrdiff_t>(i * width);
      const auto row = product.cells.insert(product.cells.end(), from,
                                            from + static_cast<std::ptrdiff_t>(width));
      for (const std::size_t column : paths.node(node).columns) {
        row[static_cast<std::ptrdiff_t>(column)] = with.cells[j * width + column];
      }
    }
  }
  into = std::move(product);
  return true;
}

bool JsonRecord::Impl::scalar(ondemand::value value, ondemand::json_type type, std::size_t column,
                              std::string_view& text) {
  if (type == ondemand::json_type::string) {
    ondemand::raw_json_string raw;
    if (const auto code = value.get_raw_json_string().get(raw)) return fail(code);
    return string(raw, text);
  }
  text = without_blanks(value.raw_json_token());
  if (text == "null") {
    text = std::string_view();
  } else if (text != "true" && text != "false" && !is_number(text)) {
    return fail(
        fmt::format("`{}` is not JSON: text, and numbers with leading zeros, stand in quotes",
                    text.substr(0, 80)),
        names[column]);
  }
  return true;
}

bool JsonRecord::Impl::string(ondemand::raw_json_string raw, std::string_view& text) {
  const char* const from = raw.raw();
  // The end of a string was found by simdjson, so a quote there is.
  const auto* quote =
      static_cast<const char*>(std::memchr(from, '"', static_cast<std::size_t>(end_ - from)));
  if (quote == nullptr) return fail("a text is not closed");
  const auto size = static_cast<std::size_t>(quote - from);
  if (std::memchr(from, '\\', size) == nullptr) {
    text = std::string_view(from, size);
    return true;
  }
  char* const out = arena_->reserve(static_cast<std::size_t>(end_ - from) + SIMDJSON_PADDING);
  auto* to = reinterpret_cast<std::uint8_t*>(out);
  std::string_view unescaped;
  if (const auto code = parser_.unescape(raw, to).get(unescaped)) return fail(code);
  text = arena_->commit(unescaped.size());
  return true;
}

JsonRecord::JsonRecord(const std::vector<std::string>& columns)
    : impl_(std::make_unique<Impl>(columns)) {}
JsonRecord::~JsonRecord() = default;

bool JsonRecord::read(const char* text, std::size_t size, TextArena& arena) {
  return impl_->read(text, size, arena);
}
std::size_t JsonRecord::row_count() const { return impl_->rows.count; }
const std::vector<std::string_view>& JsonRecord::cells() const { return impl_->rows.cells; }
const JsonRecord::Failure& JsonRecord::failure() const { return impl_->failure; }
const std::vector<bool>& JsonRecord::seen() const { return impl_->seen; }

}  // namespace quarentena
