#include "sources/format/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sources/format/file_kind.h"
#include "sources/format/json_record.h"
#include "sources/format/text_encoding.h"
#include "sources/format/text_window.h"

namespace quarentena {
namespace {

/// An object that does not end within this has lost a bracket or a quote.
constexpr std::size_t kLongestObject = std::size_t{4} << 20;
constexpr std::size_t kShortestLook = std::size_t{1} << 10;

const JsonRecord::Failure kNoObject = {"not a JSON object", {}};

/// Behind the bracket that closes the object at `at`; null when it is not there.
const char* object_end(const char* at, const char* end) {
  int depth = 0;
  for (; at < end; ++at) {
    if (*at == '"') {
      for (++at; at < end && *at != '"'; ++at) {
        if (*at == '\\') ++at;
      }
    } else if (*at == '{' || *at == '[') {
      ++depth;
    } else if ((*at == '}' || *at == ']') && --depth == 0) {
      return at + 1;
    }
  }
  return nullptr;
}

class JsonReader : public RowReader {
 public:
  JsonReader(std::unique_ptr<ByteSource> text, std::string name, std::vector<std::string> columns)
      : window_(std::move(text), std::move(name)),
        columns_(std::move(columns)),
        record_(columns_),
        at_(window_.begin()) {}

  Status open();
  /// From the next window on, what cannot hold it is left out.
  void look_for(const Needle& needle) { needle_ = needle; }
  Status next(RowBatch& batch) override;
  std::uint64_t bytes_read() const override { return window_.consumed(); }
  std::vector<std::string> never_seen() const override;

 private:
  Status refill();
  void prepare(RowBatch& batch);
  Status fill(RowBatch& batch);
  bool skip_to_record();
  void read_line(RowBatch& batch);
  Status read_object(RowBatch& batch);
  bool read_over_lines(RowBatch& batch, const char* newline);
  const char* line_end() const;
  std::size_t left() const { return static_cast<std::size_t>(window_.end() - at_); }
  bool more_could_help(std::size_t look) const { return !window_.complete() && left() <= look; }
  void accept(RowBatch& batch, const char* end);
  void hand_out(RowBatch& batch);
  void reject(RowBatch& batch, const char* end, const JsonRecord::Failure& because);
  void move_to(const char* position);
  Status finish() const;

  TextWindow window_;
  Needle needle_;
  std::vector<std::string> columns_;
  JsonRecord record_;
  TextArena arena_;
  const char* at_;
  std::int64_t line_ = 1;
  std::int64_t element_ = 0;
  std::int64_t row_ = 0;  ///< where the record stands whose rows are handed out
  std::size_t handed_out_ = 0;
  bool pending_ = false;     ///< record_ has rows that did not fit into the last batch
  bool array_file_ = false;  ///< the file is one array: records are counted, not lines
  bool in_array_ = false;
  bool one_a_line_ = true;  ///< what the last record was like
  bool drained_ = false;
  std::size_t look_ = kLongestObject;  ///< how far an object's end is looked for beyond its line
};

Status JsonReader::open() {
  TRY_STATUS(refill());
  const std::string_view text(window_.begin(), window_.size());
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) {
    return fail(Defect::empty, fmt::format("{}: the file holds no record", window_.name()),
                "ask for the delivery again");
  }
  array_file_ = text[first] == '[';
  if (array_file_ || text[first] == '{') return {};
  const std::string_view line = text.substr(first, text.find('\n', first) - first);
  return fail(ErrorKind::data,
              fmt::format("{}: this is not JSON; it begins with: {}", window_.name(),
                          presentable(line, 80)),
              "set `format` to what is delivered, for example csv");
}

Status JsonReader::refill() {
  window_.consume(at_);
  TRY_STATUS(window_.refill('\n'));
  at_ = window_.begin();
  drained_ = false;
  if (array_file_ || in_array_ || !one_a_line_) return {};
  const auto left_out = needle_.json_lines({at_, left()});
  at_ += left_out.bytes;
  line_ += left_out.lines;
  drained_ = left_out.bytes > 0;
  return {};
}

void JsonReader::prepare(RowBatch& batch) {
  batch.size = 0;
  batch.malformed.clear();
  batch.columns.resize(columns_.size());
  for (auto& column : batch.columns) column.resize(RowBatch::kRows);
  batch.rows.resize(RowBatch::kRows);
  // Rows left over from the last record still point into the arena.
  if (!pending_) arena_.clear();
}

Status JsonReader::next(RowBatch& batch) {
  prepare(batch);
  if (pending_) hand_out(batch);
  while (batch.size == 0 && batch.malformed.empty()) {
    if (drained_) {
      if (window_.complete()) return finish();
      TRY_STATUS(refill());
      continue;
    }
    TRY_STATUS(fill(batch));
  }
  return {};
}

Status JsonReader::finish() const {
  if (!in_array_) return {};
  return fail(Defect::truncated,
              fmt::format("{}: the array is not closed after element {}", window_.name(), element_),
              "the file was cut off: fetch or send it again");
}

Status JsonReader::fill(RowBatch& batch) {
  while (!pending_ && !drained_ && batch.size < RowBatch::kRows &&
         batch.malformed.size() < RowBatch::kRows) {
    if (!skip_to_record()) break;
    if (in_array_ || !one_a_line_) {
      TRY_STATUS(read_object(batch));
    } else {
      read_line(batch);
    }
  }
  return {};
}

/// Over blanks and the punctuation of arrays. False at the end of the window.
bool JsonReader::skip_to_record() {
  for (; at_ < window_.end(); ++at_) {
    switch (*at_) {
      case '\n':
        ++line_;
        break;
      case ' ':
      case '\t':
      case '\r':
        break;
      case '[':
        if (in_array_) return true;
        in_array_ = true;
        break;
      case ']':
        if (!in_array_) return true;
        in_array_ = false;
        break;
      case ',':
        if (!in_array_) return true;
        break;
      default:
        return true;
    }
  }
  drained_ = true;
  return false;
}

/// There is one: in a complete window every line ends with a newline.
const char* JsonReader::line_end() const {
  return static_cast<const char*>(std::memchr(at_, '\n', left()));
}

void JsonReader::read_line(RowBatch& batch) {
  const char* const newline = line_end();
  if (newline == nullptr && more_could_help(kLongestObject)) {
    drained_ = true;
  } else if (newline == nullptr) {
    // Far too long for a line: objects after each other, most likely.
    one_a_line_ = false;
  } else if (*at_ != '{') {
    reject(batch, newline, kNoObject);
  } else if (record_.read(at_, static_cast<std::size_t>(newline - at_), arena_)) {
    accept(batch, newline);
  } else {
    // A second attempt would fail for another reason than the one to report.
    const JsonRecord::Failure because = record_.failure();
    if (!read_over_lines(batch, newline) && !drained_) reject(batch, newline, because);
  }
}

/// The line is no object. Perhaps the object has several lines, or the line several objects. Looks
/// less far each time it is neither, so that a file full of damaged lines is read in linear time.
bool JsonReader::read_over_lines(RowBatch& batch, const char* newline) {
  const char* const end = object_end(at_, at_ + std::min(left(), look_));
  if (end == nullptr && more_could_help(look_)) {
    drained_ = true;
    return false;
  }
  look_ = std::max(look_ / 2, kShortestLook);
  if (end == nullptr) return false;
  const bool on_to_next =
      end < newline &&
      *std::find_if_not(
          end, newline, [](char c) { return c == ' ' || c == '\t' || c == '\r'; }) == '{';
  if (end < newline && !on_to_next) return false;
  if (!record_.read(at_, static_cast<std::size_t>(end - at_), arena_)) return false;
  look_ = kLongestObject;
  one_a_line_ = false;
  accept(batch, end);
  return true;
}

Status JsonReader::read_object(RowBatch& batch) {
  const char* const end = *at_ == '{' || *at_ == '[' ? object_end(at_, window_.end()) : nullptr;
  if (end != nullptr) {
    if (record_.read(at_, static_cast<std::size_t>(end - at_), arena_)) {
      accept(batch, end);
    } else {
      reject(batch, end, *at_ == '{' ? record_.failure() : kNoObject);
    }
    return {};
  }
  const bool begun = *at_ == '{' || *at_ == '[';
  if (begun && more_could_help(kLongestObject)) {
    drained_ = true;
    return {};
  }
  if (begun && in_array_) {
    return fail(Defect::truncated,
                fmt::format("{}: element {} of the array (line {}) is not closed", window_.name(),
                            element_ + 1, line_),
                "the file was cut off or damaged: fetch or send it again");
  }
  const char* stop = line_end();
  if (in_array_)
    stop = std::find_if(at_, stop == nullptr ? window_.end() : stop,
                        [](char c) { return c == ',' || c == ']'; });
  reject(batch, stop == nullptr ? window_.end() : stop,
         begun ? JsonRecord::Failure{"the object is not closed", {}} : kNoObject);
  one_a_line_ = true;
  return {};
}

void JsonReader::move_to(const char* position) {
  line_ += std::count(at_, position, '\n');
  at_ = position;
}

void JsonReader::accept(RowBatch& batch, const char* end) {
  ++element_;
  row_ = array_file_ ? element_ : line_;
  handed_out_ = 0;
  move_to(end);
  hand_out(batch);
}

void JsonReader::hand_out(RowBatch& batch) {
  const auto& cells = record_.cells();
  while (handed_out_ < record_.row_count() && batch.size < RowBatch::kRows) {
    const std::size_t first = handed_out_ * columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      batch.columns[i][batch.size] = cells[first + i];
    }
    batch.rows[batch.size++] = row_;
    ++handed_out_;
  }
  pending_ = handed_out_ < record_.row_count();
}

void JsonReader::reject(RowBatch& batch, const char* end, const JsonRecord::Failure& because) {
  ++element_;
  const std::string_view raw(at_, static_cast<std::size_t>(end - at_));
  batch.malformed.push_back({array_file_ ? element_ : line_, because.column,
                             presentable(raw, kMaxRawBytes), because.reason});
  move_to(end);
}

std::vector<std::string> JsonReader::never_seen() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!record_.seen()[i]) names.push_back(columns_[i]);
  }
  return names;
}

}  // namespace

Result<std::unique_ptr<RowReader>> open_json(const std::filesystem::path& file,
                                             const std::vector<std::string>& columns,
                                             const Needle& needle) {
  TRY_ASSIGN(auto bytes, open_text(file, "json"));
  TRY_ASSIGN(auto text, decode_text(std::move(bytes), "auto", file.string(), "json"));
  auto reader = std::make_unique<JsonReader>(std::move(text), file.string(), columns);
  TRY_STATUS(reader->open());
  reader->look_for(needle);
  return reader;
}

}  // namespace quarentena
