#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/load.h"

/// Any bytes give a Plan or problems, each at a place of the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto plan = quarentena::read_plan(text, "/fuzz/quarentena.yml");
  if (plan) return 0;
  if (plan.error().list.empty()) std::abort();
  for (const quarentena::Problem& problem : plan.error().list) {
    if (problem.message.empty() || problem.at.line < 0 || problem.at.column < 0) std::abort();
  }
  const std::string shown = quarentena::format_problems(plan.error());
  if (shown.empty() || quarentena::first_invalid_utf8(shown) != std::string_view::npos)
    std::abort();
  return 0;
}
