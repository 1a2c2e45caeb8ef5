#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sources/format/byte_source.h"
#include "sources/format/text_arena.h"

namespace quarentena {

/// A workbook's table of strings, decoded. The texts live as long as this does.
class SharedStrings {
 public:
  /// All that cells may refer to must fit; a table beyond this is an attack or a mistake.
  static constexpr std::size_t kMostBytes = std::size_t{1} << 30;

  /// Reads the first `most` strings; `name` is how errors call the part.
  Status load(std::unique_ptr<ByteSource> part, const std::string& name, std::size_t most);

  std::size_t size() const { return texts_.size(); }
  std::string_view operator[](std::size_t index) const { return texts_[index]; }

 private:
  TextArena arena_;
  std::vector<std::string_view> texts_;
  std::size_t bytes_ = 0;
};

}  // namespace quarentena
