#include <algorithm>
#include <mutex>

#include "engine/file_split.h"
#include "lookup/audience_parts.h"

namespace quarentena {
namespace {

std::int64_t code_of(const Answer& answer) {
  return static_cast<std::int64_t>(answer.standing) | static_cast<std::int64_t>(answer.why) << 2 |
         static_cast<std::int64_t>(answer.whose) << 5 |
         static_cast<std::int64_t>(answer.through) << 6 |
         static_cast<std::int64_t>(answer.fact) << 8;
}

Answer answer_of(std::int64_t code) {
  return {static_cast<Standing>(code & 3), static_cast<Unknown>(code >> 2 & 7),
          static_cast<Whose>(code >> 5 & 1), static_cast<KeyKind>(code >> 6 & 3),
          static_cast<std::uint32_t>(code >> 8)};
}

/// The answers of one call of the engine; the first ones are looked at more closely.
class ColumnJudge {
 public:
  explicit ColumnJudge(const SplitRequest& request) : request_(request) {}

  void operator()(const std::vector<std::vector<std::string_view>>& texts, std::size_t rows,
                  std::int64_t* codes) {
    RowJudge judge(request_.checker, request_.options.keys, request_.otherwise);
    std::vector<std::string_view> all;
    for (const auto& key : texts) all.insert(all.end(), key.begin(), key.end());
    const auto& answers = judge.judge(all, rows);
    std::transform(answers.begin(), answers.end(), codes, code_of);
    const std::lock_guard lock(mutex_);
    for (std::size_t row = 0; row < rows && sample_.texts.size() < kSampled; ++row) {
      sample_.texts.emplace_back(texts[0][row]);
      sample_.found += answers[row].standing == Standing::blocked;
    }
  }
  const KeySample& sample() const { return sample_; }

 private:
  const SplitRequest& request_;
  std::mutex mutex_;
  KeySample sample_;
};

}  // namespace

Status split_columns(const SplitRequest& request, AudienceSummary& summary) {
  const auto& options = request.options;
  const bool json = request.format == AudienceFormat::json;
  TRY_ASSIGN(auto files,
             SplitFiles::create(options.out, request.stem, json ? ".json" : ".parquet"));
  ColumnJudge judge(request);
  FileSplit split;
  split.file = options.file;
  split.format = json ? FileSplit::Format::json : FileSplit::Format::parquet;
  for (const auto& key : options.keys) split.keys.push_back(key.column);
  for (std::size_t i = 0; i < split.outputs.size(); ++i)
    split.outputs[i] = files.draft(static_cast<Standing>(i));
  split.judge = [&](const auto& texts, std::size_t rows, std::int64_t* codes) {
    judge(texts, rows, codes);
  };
  std::vector<std::string> taken;
  if (!json) {
    TRY_ASSIGN(taken, parquet_columns(options.file));
  }
  split.added = blocked_column_names(taken);
  split.values = [&](std::int64_t code) {
    return blocked_columns(*request.checker, answer_of(code));
  };
  split.threads = options.threads;
  TRY_ASSIGN(const auto counts, split_file(split));
  AudienceTally tally;
  for (const auto& [code, rows] : counts) tally.add(answer_of(code), rows);
  tally.tell(request.checker, summary);
  if (request.checker != nullptr)
    summary.warnings = likely_causes(*request.checker, options.keys.front(), judge.sample());
  TRY_ASSIGN(summary.files, files.finish());
  return {};
}

}  // namespace quarentena
