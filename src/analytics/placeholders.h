#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Internal to src/analytics.
namespace quarentena::analytics {

/// A `:name` of a query, outside its texts, quoted names and comments.
struct Placeholder {
  std::size_t at = 0;  ///< of the colon
  std::string name;
  std::size_t end() const { return at + 1 + name.size(); }
};
std::vector<Placeholder> placeholders(std::string_view sql);

}  // namespace quarentena::analytics
