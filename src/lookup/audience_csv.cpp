#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "lookup/audience_parts.h"
#include "sources/format/column_match.h"
#include "sources/format/csv_parser.h"
#include "sources/format/file_kind.h"
#include "sources/format/row_reader.h"
#include "sources/format/text_encoding.h"

namespace quarentena {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{4} << 20;
constexpr std::size_t kLongestRecord = std::size_t{32} << 20;
constexpr std::size_t kPadding = 64;  ///< that CsvStructure reads behind the end
constexpr std::string_view kSeparators = ",;\t|";

struct Record {
  std::size_t begin = 0;
  std::size_t end = 0;  ///< behind its newline
};

struct HeaderSink {
  std::vector<std::string> names;
  static constexpr std::size_t capacity() { return std::size_t{1} << 20; }
  void field(std::size_t, std::string_view text) { names.emplace_back(text); }
};

/// Keeps the key columns of a record.
struct KeySink {
  const std::vector<std::vector<std::size_t>>* by_place;  ///< keys, by column
  std::vector<std::string_view> found;
  static constexpr std::size_t capacity() { return std::size_t{1} << 20; }
  void field(std::size_t index, std::string_view text) {
    if (index < by_place->size())
      for (const auto key : (*by_place)[index]) found[key] = text;
  }
};

std::string csv_field(std::string_view text, char separator) {
  if (text.find_first_of("\"\r\n") == text.npos && text.find(separator) == text.npos)
    return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

/// A workbook's rows as csv.
class SheetText final : public ByteSource {
 public:
  SheetText(std::unique_ptr<RowReader> rows, const std::vector<std::string>& names)
      : rows_(std::move(rows)) {
    for (const auto& name : names) add(name, &name == &names.back());
  }

  Result<std::size_t> read(char* out, std::size_t capacity) override {
    while (at_ == text_.size()) {
      text_.clear();
      at_ = 0;
      TRY_STATUS(rows_->next(batch_));
      if (batch_.size == 0 && batch_.malformed.empty()) return 0;
      for (std::size_t row = 0; row < batch_.size; ++row)
        for (std::size_t c = 0; c < batch_.columns.size(); ++c)
          add(batch_.columns[c][row], c + 1 == batch_.columns.size());
    }
    const auto size = std::min(capacity, text_.size() - at_);
    std::memcpy(out, text_.data() + at_, size);
    at_ += size;
    return size;
  }
  std::uint64_t consumed() const override { return rows_->bytes_read(); }

 private:
  void add(std::string_view cell, bool last) {
    text_ += csv_field(cell, ',');
    text_ += last ? '\n' : ',';
  }

  std::unique_ptr<RowReader> rows_;
  RowBatch batch_;
  std::string text_;
  std::size_t at_ = 0;
};

Result<std::unique_ptr<ByteSource>> open_source(const SplitRequest& request) {
  const auto& file = request.options.file;
  if (request.format == AudienceFormat::xlsx) {
    TRY_ASSIGN(const auto names, columns_of(file, XlsxOptions{}));
    ReaderOptions options{XlsxOptions{}, names.value_or(std::vector<std::string>{}), {}};
    TRY_ASSIGN(auto rows, open_rows(file, options));
    return std::make_unique<SheetText>(std::move(rows), options.columns);
  }
  TRY_ASSIGN(auto text, open_text(file, "csv"));
  char start[2] = {};
  TRY_ASSIGN(const auto size, read_fully(*text, start, 2));
  TRY_ASSIGN(text, open_text(file, "csv"));
  const std::string_view begins(start, size);
  if (begins != "\xff\xfe" && begins != "\xfe\xff") return text;
  return decode_text(std::move(text), "auto", file.filename().string(), "csv");
}

/// A piece of the file that ends with a record, and what one thread makes of it.
struct Chunk {
  std::size_t number = 0;
  std::unique_ptr<char[]> bytes;
  std::size_t capacity = 0;
  std::size_t size = 0;
  bool complete = false;
  std::vector<Record> records;
  std::vector<std::string_view> keys;  ///< record by record
  TextArena arena;
};

/// The file front to back, a chunk at a time. Where a record ends only its beginning tells, so this
/// part of the work is one thread's at a time.
class CsvText {
 public:
  CsvText(std::unique_ptr<ByteSource> source, std::string name)
      : source_(std::move(source)), name_(std::move(name)) {}

  Status open(const std::vector<AudienceKey>& keys) {
    TRY_STATUS(fill(first_));
    if (first_.size == 0) return fail(Defect::empty, fmt::format("{}: the file is empty", name_));
    const std::string_view text(first_.bytes.get(), first_.size);
    std::size_t at = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
    find_newline();
    if (text.substr(at, 4) == "sep=" && text.size() > at + 5) {
      separator_ = text[at + 4];
      at = std::min(text.find(newline_, at), text.size() - 1) + 1;
    } else {
      separator_ = likely_separator(text.substr(at));
    }
    return read_header(at, keys);
  }

  /// The bytes before the first record; no newline when there is no record.
  const std::string& head() const { return head_; }
  const std::vector<std::string>& names() const { return names_; }
  char separator() const { return separator_; }
  /// As the header ends.
  const std::string& line_end() const { return line_end_; }

  /// False: the end. An error ends it too.
  Result<bool> next(Chunk& chunk, std::size_t keys) {
    const std::lock_guard lock(mutex_);
    if (failed_) return tl::unexpected<Error>(*failed_);
    auto more = parse_next(chunk, keys);
    if (!more) failed_ = more.error();
    return more;
  }
  void stop(const Error& error) {
    const std::lock_guard lock(mutex_);
    failed_ = error;
  }

 private:
  /// Old Mac files end lines with CR alone; fill() has put a LF at the end of a small one.
  void find_newline() {
    const std::string_view text(first_.bytes.get(), first_.size);
    const auto lf = text.find('\n'), cr = text.find('\r');
    if ((lf != text.npos && lf + 1 < text.size()) || cr == text.npos || cr + 2 >= text.size())
      return;
    newline_ = '\r';
    if (lf == text.npos) return;
    --first_.size;
    if (text[first_.size - 1] != newline_) first_.bytes[first_.size++] = newline_;
  }

  char likely_separator(std::string_view text) const {
    const auto line = text.substr(0, text.find(newline_));
    char best = ',';
    std::ptrdiff_t most = 0;
    for (const char c : kSeparators)
      if (const auto times = std::count(line.begin(), line.end(), c); times > most) {
        most = times;
        best = c;
      }
    return best;
  }

  Status read_header(std::size_t at, const std::vector<AudienceKey>& keys) {
    CsvParser parser(separator_, '"', newline_);
    HeaderSink header;
    parser.set_text(first_.bytes.get(), first_.size, first_.complete);
    auto outcome = CsvOutcome::blank;
    for (; outcome == CsvOutcome::blank; at = parser.end())
      if (outcome = parser.parse(at, header, first_.arena); outcome > CsvOutcome::blank)
        return fail(Defect::empty, fmt::format("{}: the header cannot be read", name_),
                    "the first line names the columns");
    names_ = std::move(header.names);
    std::vector<std::string> wanted;
    for (const auto& key : keys) wanted.push_back(key.column);
    TRY_ASSIGN(const auto places, match_columns(names_, wanted, name_));
    by_place_ = columns_by_place(places, names_.size());
    head_.assign(first_.bytes.get(), at);
    line_end_ = std::string(1, newline_);
    if (head_.size() > 1 && head_.ends_with("\r\n")) line_end_ = "\r\n";
    rest_.assign(first_.bytes.get() + at, first_.size - at);
    at_end_ = first_.complete;
    first_ = {};
    return {};
  }

  /// The rest of the last chunk, and as much of the file as there is room for.
  Status fill(Chunk& chunk) {
    const auto wanted = std::max(kChunkBytes, 2 * rest_.size());
    if (chunk.capacity < wanted) {
      chunk.bytes.reset(new char[wanted + 1 + kPadding]());
      chunk.capacity = wanted;
    }
    std::memcpy(chunk.bytes.get(), rest_.data(), rest_.size());
    chunk.size = rest_.size();
    rest_.clear();
    if (!at_end_) {
      TRY_ASSIGN(const auto got,
                 read_fully(*source_, chunk.bytes.get() + chunk.size, chunk.capacity - chunk.size));
      at_end_ = chunk.size + got < chunk.capacity;
      chunk.size += got;
    }
    chunk.complete = at_end_;
    if (at_end_ && chunk.size > 0 && chunk.bytes[chunk.size - 1] != newline_)
      chunk.bytes[chunk.size++] = newline_;
    return {};
  }

  Result<bool> parse_next(Chunk& chunk, std::size_t keys) {
    chunk.records.clear();
    chunk.keys.clear();
    chunk.arena.clear();
    for (;;) {
      TRY_STATUS(fill(chunk));
      if (chunk.size == 0) return false;
      const auto done = parse(chunk, keys);
      rest_.assign(chunk.bytes.get() + done, chunk.size - done);
      if (done > 0) break;
      if (rest_.size() > kLongestRecord)
        return fail(ErrorKind::data, fmt::format("{}: a record is longer than 32 MiB", name_));
    }
    chunk.number = chunks_++;
    return true;
  }

  /// Up to the last record that ends in the chunk. A line that is no record is one without keys.
  std::size_t parse(Chunk& chunk, std::size_t keys) {
    CsvParser parser(separator_, '"', newline_);
    const auto* text = chunk.bytes.get();
    parser.set_text(text, chunk.size, chunk.complete);
    KeySink sink{&by_place_, {}};
    std::size_t at = 0;
    while (at < chunk.size) {
      sink.found.assign(keys, {});
      const auto outcome = parser.parse(at, sink, chunk.arena);
      auto end = parser.end();
      if (outcome == CsvOutcome::incomplete && !chunk.complete) break;
      if (outcome > CsvOutcome::blank) {
        const auto* line = std::memchr(text + at, newline_, chunk.size - at);
        end = static_cast<std::size_t>(static_cast<const char*>(line) - text) + 1;
        sink.found.assign(keys, {});
      }
      if (outcome != CsvOutcome::blank) {
        chunk.records.push_back({at, end});
        chunk.keys.insert(chunk.keys.end(), sink.found.begin(), sink.found.end());
      }
      at = end;
    }
    return at;
  }

  std::unique_ptr<ByteSource> source_;
  std::string name_;
  char separator_ = ',';
  char newline_ = '\n';
  std::string line_end_, head_;
  std::vector<std::string> names_;
  std::vector<std::vector<std::size_t>> by_place_;
  Chunk first_;
  std::mutex mutex_;
  std::string rest_;
  bool at_end_ = false;
  std::size_t chunks_ = 0;
  std::optional<Error> failed_;
};

class CsvSplit {
 public:
  CsvSplit(const SplitRequest& request, CsvText& text, SplitFiles& files)
      : request_(request), text_(text), files_(files) {}

  Status run() {
    TRY_STATUS(write_heads());
    std::vector<std::thread> helpers;
    for (std::size_t t = 1; t < request_.options.threads; ++t)
      helpers.emplace_back([this] { work(); });
    work();
    for (auto& helper : helpers) helper.join();
    if (error_) return tl::unexpected<Error>(*error_);
    return {};
  }

  const AudienceTally& tally() const { return tally_; }
  const KeySample& sample() const { return sample_; }

 private:
  Status write_heads() {
    auto head = text_.head();
    if (!head.ends_with(text_.line_end())) head += text_.line_end();
    TRY_STATUS(files_.write(Standing::free, head));
    TRY_STATUS(files_.write(Standing::unknown, head));
    head.resize(head.size() - text_.line_end().size());
    for (const auto& name : blocked_column_names(text_.names())) head += text_.separator() + name;
    return files_.write(Standing::blocked, head + text_.line_end());
  }

  void work() {
    Chunk chunk;
    RowJudge judge(request_.checker, request_.options.keys, request_.otherwise);
    std::array<std::string, 3> outputs;
    std::vector<std::string> endings;
    for (;;) {
      const auto more = text_.next(chunk, request_.options.keys.size());
      if (!more) return give_up(more.error());
      if (!*more) return;
      const auto& answers = judge.judge(keys_by_kind(chunk), chunk.records.size());
      if (chunk.number == 0) take_sample(chunk, answers);
      AudienceTally tally;
      for (auto& output : outputs) output.clear();
      part(chunk, answers, outputs, endings, tally);
      if (!write_in_turn(chunk.number, outputs, tally)) return;
    }
  }

  void give_up(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
    written_.notify_all();
  }

  /// texts[key * rows + row], in UTF-8: what is not is what Windows calls 1252.
  std::vector<std::string_view> keys_by_kind(Chunk& chunk) {
    const auto rows = chunk.records.size(), keys = request_.options.keys.size();
    std::vector<std::string_view> out(rows * keys);
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t key = 0; key < keys; ++key) {
        const auto text = chunk.keys[row * keys + key];
        out[key * rows + row] = is_utf8(text) ? text : from_latin(text, chunk.arena);
      }
    return out;
  }

  static std::string_view from_latin(std::string_view text, TextArena& arena) {
    std::string utf8;
    for (const char c : text) append_utf8(utf8, static_cast<unsigned char>(c));
    return arena.copy(utf8);
  }

  void take_sample(const Chunk& chunk, const std::vector<Answer>& answers) {
    const auto keys = request_.options.keys.size();
    const auto step = std::max<std::size_t>(1, answers.size() / kSampled);
    for (std::size_t row = 0; row < answers.size(); row += step) {
      sample_.texts.emplace_back(chunk.keys[row * keys]);
      sample_.found += answers[row].standing == Standing::blocked;
    }
  }

  /// Neighbours that go the same way are copied at once.
  void part(const Chunk& chunk, const std::vector<Answer>& answers,
            std::array<std::string, 3>& outputs, std::vector<std::string>& endings,
            AudienceTally& tally) {
    const std::string_view text(chunk.bytes.get(), chunk.size);
    for (std::size_t row = 0; row < answers.size();) {
      const auto standing = answers[row].standing;
      auto& output = outputs[static_cast<std::size_t>(standing)];
      const auto begin = chunk.records[row].begin;
      tally.add(answers[row]);
      if (standing == Standing::blocked) {
        auto record = text.substr(begin, chunk.records[row].end - begin);
        record.remove_suffix(record.ends_with("\r\n") ? 2 : 1);
        output += record;
        output += ending(answers[row], endings);
        ++row;
        continue;
      }
      auto end = chunk.records[row++].end;
      for (; row < answers.size() && answers[row].standing == standing &&
             chunk.records[row].begin == end;
           ++row) {
        end = chunk.records[row].end;
        tally.add(answers[row]);
      }
      output += text.substr(begin, end - begin);
    }
  }

  /// What a blocked row gets at its end: few are different.
  const std::string& ending(const Answer& answer, std::vector<std::string>& endings) const {
    const auto number = answer.fact * 8u + static_cast<std::size_t>(answer.whose) * 4u +
                        static_cast<std::size_t>(answer.through);
    if (number >= endings.size()) endings.resize(number + 1);
    auto& out = endings[number];
    if (!out.empty()) return out;
    for (const auto& value : blocked_columns(*request_.checker, answer))
      out += text_.separator() + csv_field(value, text_.separator());
    return out += text_.line_end();
  }

  /// False: somebody gave up.
  bool write_in_turn(std::size_t number, const std::array<std::string, 3>& outputs,
                     const AudienceTally& tally) {
    std::unique_lock lock(mutex_);
    written_.wait(lock, [&] { return error_ || next_ == number; });
    if (error_) return false;
    auto status = Status{};
    if (request_.options.stop != nullptr && *request_.options.stop)
      status = fail(ErrorKind::machine, "interrupted", "nothing was written");
    for (std::size_t i = 0; status && i < outputs.size(); ++i)
      status = files_.write(static_cast<Standing>(i), outputs[i]);
    if (!status) {
      error_ = status.error();
      text_.stop(status.error());
    }
    tally_.add(tally);
    ++next_;
    written_.notify_all();
    return status.has_value();
  }

  const SplitRequest& request_;
  CsvText& text_;
  SplitFiles& files_;
  std::mutex mutex_;
  std::condition_variable written_;
  std::size_t next_ = 0;
  std::optional<Error> error_;
  AudienceTally tally_;
  KeySample sample_;
};

}  // namespace

Status split_csv(const SplitRequest& request, AudienceSummary& summary) {
  const auto& options = request.options;
  TRY_ASSIGN(auto source, open_source(request));
  CsvText text(std::move(source), options.file.filename().string());
  TRY_STATUS(text.open(options.keys));
  TRY_ASSIGN(auto files, SplitFiles::create(options.out, request.stem, ".csv"));
  CsvSplit split(request, text, files);
  TRY_STATUS(split.run());
  split.tally().tell(request.checker, summary);
  if (request.checker != nullptr)
    summary.warnings = likely_causes(*request.checker, options.keys.front(), split.sample());
  TRY_ASSIGN(summary.files, files.finish());
  return {};
}

}  // namespace quarentena
