#pragma once

#include <optional>
#include <string>
#include <vector>

namespace quarentena::cli {

enum class Align { left, right };

struct TextColumn {
  std::string title;
  Align align = Align::left;
};

/// A boxed table of short texts. Control characters show as spaces; NULL shows as a dim `NULL`.
/// On a terminal columns wider than fits are cut with `…`; elsewhere nothing is cut.
class TextTable {
 public:
  explicit TextTable(std::vector<TextColumn> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::optional<std::string>> row) { rows_.push_back(std::move(row)); }
  std::size_t size() const { return rows_.size(); }
  void print() const;  ///< on stdout

 private:
  std::vector<std::size_t> widths(std::size_t room) const;
  std::vector<TextColumn> columns_;
  std::vector<std::vector<std::optional<std::string>>> rows_;
};

}  // namespace quarentena::cli
