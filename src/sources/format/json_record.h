#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sources/format/json_paths.h"
#include "sources/format/text_arena.h"

namespace quarentena {

/// One JSON object as rows of the wanted columns.
///
/// A value on a path's way that is an array gives one row for each of its elements; columns below
/// the same array stay together, two arrays side by side are combined, each element of one with
/// each of the other, so that no contact is lost. An empty array is one row without values. Of a
/// repeated key the first counts.
class JsonRecord {
 public:
  struct Failure {
    std::string reason;
    std::string column;  ///< when one is to blame
  };

  explicit JsonRecord(const std::vector<std::string>& columns);
  ~JsonRecord();

  /// Reads an object that spans `size` bytes; padding bytes must be readable behind it. Texts stay
  /// in place or go to the arena. False: see failure().
  bool read(const char* text, std::size_t size, TextArena& arena);

  std::size_t row_count() const;
  /// Row by row; a cell without data is NULL.
  const std::vector<std::string_view>& cells() const;
  const Failure& failure() const;
  const std::vector<bool>& seen() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quarentena
