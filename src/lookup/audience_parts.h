#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "lookup/audience.h"

/// What the ways to split an audience share. Internal to src/lookup.
namespace quarentena {

/// Three files that have their names together, once finish() was called; else nothing is left.
class SplitFiles {
 public:
  static Result<SplitFiles> create(const std::filesystem::path& folder, const std::string& stem,
                                   const std::string& extension);
  ~SplitFiles();
  SplitFiles(SplitFiles&& other) noexcept;
  SplitFiles& operator=(SplitFiles&&) = delete;

  Status write(Standing to, std::string_view bytes);
  /// Where somebody else writes one, before finish().
  std::filesystem::path draft(Standing of) const;
  /// Errors: machine.
  Result<std::array<std::filesystem::path, 3>> finish();

 private:
  SplitFiles() = default;
  std::array<std::filesystem::path, 3> files_;
  std::array<int, 3> descriptors_{-1, -1, -1};
  bool finished_ = false;
};

/// Counts of answers.
class AudienceTally {
 public:
  void add(const Answer& answer, std::int64_t rows = 1);
  void add(const AudienceTally& other);
  /// The counts as a summary tells them; `checker` null when no answer is blocked.
  void tell(const Checker* checker, AudienceSummary& summary) const;

 private:
  std::int64_t free_ = 0;
  std::array<std::int64_t, 6> unknown_{};  ///< by Unknown
  std::vector<std::int64_t> blocked_;      ///< by fact
};

/// Answers `rows` rows of `keys` texts each, key by key: texts[key * rows + row].
class RowJudge {
 public:
  RowJudge(const Checker* checker, const std::vector<AudienceKey>& keys, Unknown otherwise)
      : checker_(checker), keys_(keys), otherwise_(otherwise) {}
  /// Not safe from several threads; one judge each.
  const std::vector<Answer>& judge(const std::vector<std::string_view>& texts, std::size_t rows);

 private:
  const Checker* checker_;
  const std::vector<AudienceKey>& keys_;
  Unknown otherwise_;
  std::vector<Question> questions_;
  std::vector<Answer> answers_;
  std::vector<Answer> of_key_;
};

/// canal, saida_prevista and motivo of a blocked answer.
std::array<std::string, 3> blocked_columns(const Checker& checker, const Answer& answer);
/// The names of those three, others where the file has such a column already.
std::array<std::string, 3> blocked_column_names(const std::vector<std::string>& taken);

/// Texts of one key from the beginning of a file, and what came of them.
struct KeySample {
  std::vector<std::string> texts;
  std::int64_t found = 0;  ///< blocked as they are
};
inline constexpr std::size_t kSampled = 5'000;
/// What is probably wrong with keys that find nobody: found by trying other writings of them.
std::vector<std::string> likely_causes(const Checker& checker, const AudienceKey& key,
                                       const KeySample& sample);

struct SplitRequest {
  const Checker* checker = nullptr;
  Unknown otherwise = Unknown::no_table;  ///< what all are without one
  const AudienceOptions& options;
  AudienceFormat format;
  std::string stem;  ///< of the files that are written
};
Status split_csv(const SplitRequest& request, AudienceSummary& summary);
Status split_columns(const SplitRequest& request, AudienceSummary& summary);

}  // namespace quarentena
