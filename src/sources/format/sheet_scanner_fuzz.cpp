#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "sources/format/cell_text.h"
#include "sources/format/number_format.h"
#include "sources/format/sheet_scanner.h"
#include "sources/format/text_window.h"

/// The sheet scanner and the conversion of cells on bytes that no archive stands around: a fuzzer
/// does not get through a checksum. The text is given in two pieces and as a whole; both must
/// agree.
namespace {

using namespace quarentena;

struct Rows {
  std::vector<std::string> cells;
  SheetScanner::Step last = SheetScanner::Step::row;
};

/// `first` bytes are shown to begin with, all of them once those do not do.
Rows scan(const std::string& text, std::size_t first) {
  Rows rows;
  SheetScanner scanner;
  TextArena arena;
  std::size_t at = 0;
  for (std::size_t size = first;;) {
    std::string window(text, at, size - at);
    const std::size_t length = window.size();
    window.append(TextWindow::kPadding, '\0');
    const char* place = window.data();
    const char* const end = window.data() + length;
    while ((rows.last = scanner.next(place, end, arena)) == SheetScanner::Step::row) {
      if (place > end) std::abort();
      for (const SheetCell& cell : scanner.cells()) {
        rows.cells.push_back(std::to_string(cell.column) + ":" + std::string(cell.value));
        number_text(cell.value, arena);
        serial_text(cell.value, number_kind(cell.value), DateSystem::from_1900, arena);
        iso_date_text(cell.value);
      }
    }
    at += static_cast<std::size_t>(place - window.data());
    if (rows.last != SheetScanner::Step::incomplete || size == text.size()) return rows;
    size = text.size();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string text =
      "<sheetData>" + std::string(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Rows whole = scan(text, text.size());
  const Rows split = scan(text, text.size() * data[0] / 255);
  if (whole.last == SheetScanner::Step::damaged || split.last == SheetScanner::Step::damaged)
    return 0;
  if (whole.cells != split.cells) std::abort();
  return 0;
}
