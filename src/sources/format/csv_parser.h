#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sources/format/csv_structure.h"
#include "sources/format/text_arena.h"

namespace quarentena {

/// How an attempt to read one csv record ended.
enum class CsvOutcome {
  record,
  blank,         ///< an empty line
  incomplete,    ///< the text ends before the record does
  too_many,      ///< more fields than the sink takes
  text_after,    ///< text between a closing quote and the next separator
  unterminated,  ///< a quoted field does not end where it could be expected to
};

/// Splits a piece of text into records and fields. `Sink` gets `field(index, text)` and says with
/// `capacity()` how many fields it takes.
class CsvParser {
 public:
  /// A quoted field longer than this has lost its closing quote.
  static constexpr std::size_t kLongestQuoted = std::size_t{1} << 20;

  /// `quote` 0: nothing is quoted.
  CsvParser(char separator, char quote, char newline)
      : separator_(separator), quote_(quote == '\0' ? newline : quote), newline_(newline) {}

  char separator() const { return separator_; }
  char newline() const { return newline_; }
  /// `complete`: no text follows this piece.
  void set_text(const char* text, std::size_t size, bool complete) {
    text_ = text;
    size_ = size;
    complete_ = complete;
    structure_.mark(text, size, separator_, quote_, newline_);
  }

  /// Reads the record that begins at `begin`. On `record` and `blank`, `end()` is where the next
  /// one begins and `lines()` how many lines this one has.
  template <class Sink>
  CsvOutcome parse(std::size_t begin, Sink& sink, TextArena& unescaped);

  std::size_t end() const { return end_; }
  std::int64_t lines() const { return lines_; }

 private:
  CsvOutcome close_quote(CsvStructure::Cursor& cursor, std::size_t open);
  std::string_view content(std::size_t open, TextArena& unescaped) const;

  char separator_;
  char quote_;
  char newline_;
  const char* text_ = nullptr;
  std::size_t size_ = 0;
  bool complete_ = false;
  CsvStructure structure_;
  std::size_t end_ = 0;
  std::int64_t lines_ = 0;
  std::size_t close_ = 0;  ///< where the quoted field that was read last has its closing quote
  bool doubled_ = false;   ///< that field holds doubled quotes
};

template <class Sink>
CsvOutcome CsvParser::parse(std::size_t begin, Sink& sink, TextArena& unescaped) {
  const std::size_t capacity = sink.capacity();
  CsvStructure::Cursor cursor(structure_, begin);
  std::size_t fields = 0;
  std::size_t start = begin;
  lines_ = 1;
  for (;;) {
    std::size_t stop = cursor.next();
    if (stop >= size_) return CsvOutcome::incomplete;
    std::string_view field(text_ + start, stop - start);
    bool quoted = false;
    if (text_[stop] != separator_ && text_[stop] != newline_) {
      if (stop != start) continue;
      const CsvOutcome closed = close_quote(cursor, stop + 1);
      if (closed != CsvOutcome::record) return closed;
      quoted = true;
      field = content(stop + 1, unescaped);
      stop = cursor.next();
      // Between the quote and the line's end there may be the CR of a CRLF.
      const bool crlf = stop == close_ + 2 && text_[close_ + 1] == '\r' && text_[stop] == newline_;
      if (stop != close_ + 1 && !crlf) {
        return stop < size_ || complete_ ? CsvOutcome::text_after : CsvOutcome::incomplete;
      }
    }
    if (text_[stop] == separator_) {
      if (fields + 1 >= capacity) return CsvOutcome::too_many;
      sink.field(fields++, field);
      start = stop + 1;
      continue;
    }
    end_ = stop + 1;
    if (!quoted && !field.empty() && field.back() == '\r') field.remove_suffix(1);
    if (!quoted && fields == 0 && field.empty()) return CsvOutcome::blank;
    sink.field(fields, field);
    return CsvOutcome::record;
  }
}

}  // namespace quarentena
