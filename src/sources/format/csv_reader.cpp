#include "sources/format/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sources/format/column_match.h"
#include "sources/format/csv_parser.h"
#include "sources/format/file_kind.h"
#include "sources/format/text_encoding.h"
#include "sources/format/text_window.h"

namespace quarentena {
namespace {

constexpr std::string_view kSeparators = ";,\t|";

std::string shown(char separator) { return separator == '\t' ? "\\t" : std::string(1, separator); }

/// Keeps the fields of a header.
struct HeaderSink {
  std::vector<std::string> names;
  static constexpr std::size_t kMostColumns = 16384;
  std::size_t capacity() const { return kMostColumns; }
  void field(std::size_t, std::string_view text) { names.emplace_back(text); }
};

/// Puts the wanted fields of a record into the batch.
struct RowSink {
  std::vector<Cell*> by_field;  ///< the column a field goes to; null: not wanted
  std::size_t row = 0;
  std::size_t last = 0;  ///< the index of the last field seen
  std::size_t capacity() const { return by_field.size(); }
  void field(std::size_t index, std::string_view text) {
    last = index;
    if (Cell* column = by_field[index]) column[row] = text;
  }
};

class CsvReader : public RowReader {
 public:
  CsvReader(std::unique_ptr<ByteSource> text, std::string name, const CsvOptions& options)
      : options_(options),
        window_(std::move(text), std::move(name)),
        parser_(options.separator, options.quote, '\n') {}

  Status open();
  Status choose(const std::vector<std::string>& wanted);
  /// From the next window on, what cannot hold it is left out.
  void look_for(const Needle& needle) { needle_ = needle; }
  const std::vector<std::string>& names() const { return names_; }

  Status next(RowBatch& batch) override;
  std::uint64_t bytes_read() const override { return window_.consumed(); }

 private:
  void find_newline();
  Status refill();
  Status read_header();
  Status skip_separator_line();
  tl::unexpected<Error> header_failed(CsvOutcome outcome) const;
  char likely_separator() const;
  tl::unexpected<Error> other_separator(char likely) const;
  std::string_view first_line(const char* from) const;

  void prepare(RowBatch& batch);
  void fill(RowBatch& batch);
  void accept(RowBatch& batch);
  void reject(RowBatch& batch, std::string reason);
  std::string why(CsvOutcome outcome) const;
  void copy_repeated(RowBatch& batch) const;

  CsvOptions options_;
  Needle needle_;
  TextWindow window_;
  CsvParser parser_;
  TextArena arena_;
  RowSink sink_;
  std::vector<std::string> names_;
  std::string opening_;  ///< the first line, to tell which separator it has
  std::vector<std::vector<std::size_t>> by_place_;
  std::size_t wanted_ = 0;
  const char* base_ = nullptr;  ///< the text the parser holds
  std::size_t at_ = 0;          ///< where the next record begins, from base_
  std::int64_t line_ = 1;
  bool valid_ = true;  ///< the window's lines are UTF-8
  bool drained_ = true;
};

std::string_view CsvReader::first_line(const char* from) const {
  const auto size = static_cast<std::size_t>(window_.end() - from);
  const auto* stop = static_cast<const char*>(std::memchr(from, parser_.newline(), size));
  const std::string_view line(from, stop == nullptr ? size : static_cast<std::size_t>(stop - from));
  return line.empty() || line.back() != '\r' ? line : line.substr(0, line.size() - 1);
}

/// Old Mac files (and Excel's "CSV (Macintosh)") end lines with CR alone.
void CsvReader::find_newline() {
  const std::string_view text(window_.begin(), window_.size());
  const std::size_t cr = text.find('\r');
  if (cr == std::string_view::npos || text.find('\n') + 1 < text.size()) return;
  if (cr + 2 < text.size()) parser_ = CsvParser(options_.separator, options_.quote, '\r');
}

Status CsvReader::refill() {
  if (base_ != nullptr) window_.consume(base_ + at_);
  TRY_STATUS(window_.refill(parser_.newline()));
  base_ = window_.begin();
  at_ = 0;
  drained_ = false;
  const auto left_out = needle_.csv({base_, window_.size()},
                                    {parser_.separator(), options_.quote, parser_.newline()});
  if (left_out.bytes > 0) {
    at_ = left_out.bytes;
    line_ += left_out.lines;
    drained_ = true;
    return {};
  }
  parser_.set_text(base_, window_.size(), window_.complete());
  const void* last = ::memrchr(base_, parser_.newline(), window_.size());
  const auto whole_lines =
      last == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char*>(last) - base_);
  valid_ = is_utf8(std::string_view(base_, whole_lines));
  return {};
}

Status CsvReader::open() {
  TRY_STATUS(refill());
  find_newline();
  parser_.set_text(base_, window_.size(), window_.complete());
  TRY_STATUS(skip_separator_line());
  opening_ = presentable(first_line(base_ + at_), std::size_t{64} << 10);
  if (options_.header) return read_header();
  names_ = options_.names;
  if (!names_.empty()) return {};
  return fail(ErrorKind::config, fmt::format("{}: has no header and no names", window_.name()),
              "give the columns' names in `format: { csv: { names: [...] } }`");
}

/// Excel writes and obeys a first line such as `sep=;`.
Status CsvReader::skip_separator_line() {
  const std::string_view line = first_line(base_);
  if (line.size() != 5 || line.compare(0, 4, "sep=") != 0) return {};
  if (line[4] != options_.separator) return other_separator(line[4]);
  at_ = std::min(line.size() + (base_[line.size()] == '\r' && parser_.newline() == '\n' ? 2u : 1u),
                 window_.size());
  ++line_;
  return {};
}

Status CsvReader::read_header() {
  for (;;) {
    HeaderSink header;
    const CsvOutcome outcome = parser_.parse(at_, header, arena_);
    if (outcome == CsvOutcome::incomplete && !window_.complete()) {
      TRY_STATUS(refill());
      continue;
    }
    if (outcome == CsvOutcome::incomplete || outcome > CsvOutcome::incomplete) {
      return header_failed(outcome);
    }
    at_ = parser_.end();
    line_ += parser_.lines();
    if (outcome == CsvOutcome::blank) continue;
    names_ = std::move(header.names);
    for (const std::string& name : names_) {
      if (is_utf8(name)) continue;
      return fail(ErrorKind::data,
                  fmt::format("{}: line {}: the header is not UTF-8: {}", window_.name(), line_ - 1,
                              presentable(name, 80)),
                  "set `encoding`: windows-1252 is usual for files saved by Excel");
    }
    return {};
  }
}

tl::unexpected<Error> CsvReader::header_failed(CsvOutcome outcome) const {
  if (outcome == CsvOutcome::incomplete && at_ >= window_.size()) {
    return fail(Defect::empty, fmt::format("{}: the file has no header line", window_.name()),
                "ask for the delivery again, or set `header: false` and give `names`");
  }
  return fail(ErrorKind::data,
              fmt::format("{}: line {}: the header cannot be read: {}: {}", window_.name(), line_,
                          why(outcome), presentable(first_line(base_ + at_), 200)),
              "check `quote` and `separator`");
}

char CsvReader::likely_separator() const {
  char best = '\0';
  std::ptrdiff_t most = 0;
  for (const char c : kSeparators) {
    const std::ptrdiff_t times = std::count(opening_.begin(), opening_.end(), c);
    if (c != options_.separator && times > most) {
      most = times;
      best = c;
    }
  }
  return most > std::count(opening_.begin(), opening_.end(), options_.separator) ? best : '\0';
}

tl::unexpected<Error> CsvReader::other_separator(char likely) const {
  return fail(
      Defect::drifted,
      fmt::format("{}: the separator is `{}` where the configuration says `{}`: {}", window_.name(),
                  shown(likely), shown(options_.separator), presentable(opening_, 200)),
      fmt::format("set `separator: \"{}\"`", shown(likely)));
}

Status CsvReader::choose(const std::vector<std::string>& wanted) {
  auto places = match_columns(names_, wanted, window_.name());
  if (!places && !opening_.empty() && (opening_[0] == '{' || opening_[0] == '[')) {
    return fail(
        ErrorKind::data,
        fmt::format("{}: this seems to be JSON: {}", window_.name(), presentable(opening_, 80)),
        "set `format: json`");
  }
  const char likely = likely_separator();
  const bool one_field =
      options_.header ? names_.size() == 1
                      : names_.size() > 1 && opening_.find(options_.separator) == std::string::npos;
  if (likely != '\0' &&
      ((one_field && (!places || wanted.empty() || !options_.header)) || !places)) {
    return other_separator(likely);
  }
  if (!places) return fail_with(std::move(places));
  by_place_ = columns_by_place(*places, names_.size());
  wanted_ = wanted.size();
  return {};
}

void CsvReader::prepare(RowBatch& batch) {
  batch.size = 0;
  batch.malformed.clear();
  batch.columns.resize(wanted_);
  for (auto& column : batch.columns) column.resize(RowBatch::kRows);
  batch.rows.resize(RowBatch::kRows);
  arena_.clear();
  sink_.by_field.assign(names_.size(), nullptr);
  for (std::size_t place = 0; place < by_place_.size(); ++place) {
    if (!by_place_[place].empty()) {
      sink_.by_field[place] = batch.columns[by_place_[place][0]].data();
    }
  }
}

Status CsvReader::next(RowBatch& batch) {
  prepare(batch);
  while (batch.size == 0 && batch.malformed.empty()) {
    if (drained_) {
      if (window_.complete()) return {};
      TRY_STATUS(refill());
      continue;
    }
    fill(batch);
  }
  copy_repeated(batch);
  return {};
}

void CsvReader::fill(RowBatch& batch) {
  while (batch.size < RowBatch::kRows && batch.malformed.size() < RowBatch::kRows) {
    if (at_ >= window_.size()) {
      drained_ = true;
      return;
    }
    sink_.row = batch.size;
    const CsvOutcome outcome = parser_.parse(at_, sink_, arena_);
    if (outcome == CsvOutcome::record) {
      accept(batch);
    } else if (outcome == CsvOutcome::blank) {
      at_ = parser_.end();
      ++line_;
    } else if (outcome == CsvOutcome::incomplete && !window_.complete()) {
      drained_ = true;
      return;
    } else {
      reject(batch, why(outcome));
    }
  }
}

void CsvReader::accept(RowBatch& batch) {
  if (sink_.last + 1 != names_.size()) {
    return reject(batch, fmt::format("{} fields where {} has {}", sink_.last + 1,
                                     options_.header ? "the header" : "`names`", names_.size()));
  }
  if (!valid_ && !is_utf8(std::string_view(base_ + at_, parser_.end() - at_))) {
    return reject(batch, "not UTF-8 text: set `encoding` if the whole file has another encoding");
  }
  batch.rows[batch.size++] = line_;
  at_ = parser_.end();
  line_ += parser_.lines();
}

/// Goes on at the next line, even if the bad record seemed to have several: it may be its quote
/// that is wrong, and then the lines it took in are records of their own.
void CsvReader::reject(RowBatch& batch, std::string reason) {
  const std::string_view line = first_line(base_ + at_);
  batch.malformed.push_back({line_, {}, presentable(line, kMaxRawBytes), std::move(reason)});
  const std::size_t left = window_.size() - at_;
  const auto* stop = static_cast<const char*>(std::memchr(base_ + at_, parser_.newline(), left));
  at_ = stop == nullptr ? window_.size() : static_cast<std::size_t>(stop - base_) + 1;
  ++line_;
}

std::string CsvReader::why(CsvOutcome outcome) const {
  switch (outcome) {
    case CsvOutcome::too_many:
      return fmt::format("more fields than the {} {} has", names_.size(),
                         options_.header ? "the header" : "`names`");
    case CsvOutcome::text_after:
      return "text between a closing quote and the next separator: a quote inside a quoted field "
             "must be doubled";
    case CsvOutcome::incomplete:
    case CsvOutcome::unterminated:
      return "a quoted field is not closed";
    case CsvOutcome::record:
    case CsvOutcome::blank:
      break;
  }
  return "not a csv record";
}

/// Two wanted names may mean the same column of the file.
void CsvReader::copy_repeated(RowBatch& batch) const {
  for (const auto& columns : by_place_) {
    for (std::size_t i = 1; i < columns.size(); ++i) {
      std::copy_n(batch.columns[columns[0]].begin(), batch.size, batch.columns[columns[i]].begin());
    }
  }
}

Result<std::unique_ptr<CsvReader>> opened(const std::filesystem::path& file,
                                          const CsvOptions& options) {
  TRY_ASSIGN(auto bytes, open_text(file, "csv"));
  TRY_ASSIGN(auto text, decode_text(std::move(bytes), options.encoding, file.string(), "csv"));
  auto reader = std::make_unique<CsvReader>(std::move(text), file.string(), options);
  TRY_STATUS(reader->open());
  return reader;
}

}  // namespace

Result<std::unique_ptr<RowReader>> open_csv(const std::filesystem::path& file,
                                            const CsvOptions& options,
                                            const std::vector<std::string>& columns,
                                            const Needle& needle) {
  TRY_ASSIGN(auto reader, opened(file, options));
  TRY_STATUS(reader->choose(columns));
  reader->look_for(needle);
  return reader;
}

Result<std::vector<std::string>> columns_of_csv(const std::filesystem::path& file,
                                                const CsvOptions& options) {
  TRY_ASSIGN(auto reader, opened(file, options));
  TRY_STATUS(reader->choose({}));
  return reader->names();
}

}  // namespace quarentena
