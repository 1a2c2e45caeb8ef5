#include "sources/format/csv_parser.h"

#include <cstring>

namespace quarentena {

CsvOutcome CsvParser::close_quote(CsvStructure::Cursor& cursor, std::size_t open) {
  doubled_ = false;
  for (;;) {
    const std::size_t at = cursor.next();
    if (at >= size_) {
      const bool more_to_come = !complete_ && size_ - open <= kLongestQuoted;
      return more_to_come ? CsvOutcome::incomplete : CsvOutcome::unterminated;
    }
    if (at - open > kLongestQuoted) return CsvOutcome::unterminated;
    if (text_[at] == newline_) ++lines_;
    if (text_[at] != quote_ || text_[at] == newline_) continue;
    if (at + 1 >= size_) return CsvOutcome::incomplete;
    if (text_[at + 1] != quote_) {
      close_ = at;
      return CsvOutcome::record;
    }
    doubled_ = true;
    cursor.next();
  }
}

std::string_view CsvParser::content(std::size_t open, TextArena& unescaped) const {
  const std::string_view raw(text_ + open, close_ - open);
  if (!doubled_) return raw;
  char* const out = unescaped.reserve(raw.size());
  std::size_t size = 0;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    out[size++] = raw[i];
    if (raw[i] == quote_) ++i;
  }
  return unescaped.commit(size);
}

}  // namespace quarentena
