#include "lookup/audience_parts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/files.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

constexpr std::array<const char*, 3> kNames = {"allowed", "blocked", "unknown"};  // by Standing

std::size_t place_of(Standing standing) { return static_cast<std::size_t>(standing); }

/// What says more of a row with several keys.
bool outweighs(const Checker& checker, const Answer& a, const Answer& b) {
  const auto rank = [](Standing standing) {
    return standing == Standing::blocked ? 2 : standing == Standing::free ? 1 : 0;
  };
  if (a.standing != b.standing) return rank(a.standing) > rank(b.standing);
  if (a.standing != Standing::blocked) return a.why == Unknown::damaged;
  const auto ends_a = checker.quarantine(a).saida_prevista;
  const auto ends_b = checker.quarantine(b).saida_prevista;
  return ends_b && (!ends_a || *ends_b < *ends_a);
}

}  // namespace

Result<SplitFiles> SplitFiles::create(const fs::path& folder, const std::string& stem,
                                      const std::string& extension) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return tl::unexpected<Error>(disk_error(folder, "make", error.value()));
  SplitFiles out;
  for (std::size_t i = 0; i < out.files_.size(); ++i) {
    out.files_[i] = folder / fmt::format("{}.{}{}", stem, kNames[i], extension);
    const auto draft = out.draft(static_cast<Standing>(i));
    out.descriptors_[i] = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out.descriptors_[i] < 0) return tl::unexpected<Error>(disk_error(draft, "write", errno));
  }
  return out;
}

SplitFiles::SplitFiles(SplitFiles&& other) noexcept
    : files_(std::move(other.files_)),
      descriptors_(other.descriptors_),
      finished_(other.finished_) {
  other.descriptors_.fill(-1);
  other.finished_ = true;
}

SplitFiles::~SplitFiles() {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (descriptors_[i] >= 0) close(descriptors_[i]);
    if (!finished_ && descriptors_[i] >= 0) unlink(draft(static_cast<Standing>(i)).c_str());
  }
}

fs::path SplitFiles::draft(Standing of) const { return files_[place_of(of)].string() + ".part"; }

Status SplitFiles::write(Standing to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptors_[place_of(to)], bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return tl::unexpected<Error>(disk_error(draft(to), "write", errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::array<fs::path, 3>> SplitFiles::finish() {
  for (std::size_t i = 0; i < files_.size(); ++i)
    if (rename(draft(static_cast<Standing>(i)).c_str(), files_[i].c_str()) != 0)
      return tl::unexpected<Error>(disk_error(files_[i], "write", errno));
  finished_ = true;
  return files_;
}

void AudienceTally::add(const Answer& answer, std::int64_t rows) {
  if (answer.standing == Standing::free) {
    free_ += rows;
  } else if (answer.standing == Standing::unknown) {
    unknown_[static_cast<std::size_t>(answer.why)] += rows;
  } else {
    if (answer.fact >= blocked_.size()) blocked_.resize(answer.fact + 1);
    blocked_[answer.fact] += rows;
  }
}

void AudienceTally::add(const AudienceTally& other) {
  free_ += other.free_;
  for (std::size_t i = 0; i < unknown_.size(); ++i) unknown_[i] += other.unknown_[i];
  if (blocked_.size() < other.blocked_.size()) blocked_.resize(other.blocked_.size());
  for (std::size_t i = 0; i < other.blocked_.size(); ++i) blocked_[i] += other.blocked_[i];
}

void AudienceTally::tell(const Checker* checker, AudienceSummary& summary) const {
  summary.allowed = free_;
  for (const auto rows : unknown_) summary.unknown += rows;
  summary.not_a_key = unknown_[static_cast<std::size_t>(Unknown::not_a_key)];
  summary.damaged = unknown_[static_cast<std::size_t>(Unknown::damaged)];
  std::map<std::string, std::int64_t> by_canal;
  std::map<Date, std::int64_t> freed;
  if (checker != nullptr) freed[checker->day()] = free_;
  for (std::size_t fact = 0; fact < blocked_.size(); ++fact) {
    if (blocked_[fact] == 0) continue;
    Answer answer;
    answer.fact = static_cast<std::uint32_t>(fact);
    const auto quarantine = checker->quarantine(answer);
    summary.blocked += blocked_[fact];
    by_canal[std::string(quarantine.canal)] += blocked_[fact];
    if (const auto day = quarantine.free_from()) freed[*day] += blocked_[fact];
  }
  for (const auto& [canal, rows] : by_canal) summary.by_canal.push_back({canal, rows});
  std::int64_t sum = 0;
  for (const auto& [day, rows] : freed) summary.free_from[day] = sum += rows;
  summary.rows = summary.allowed + summary.blocked + summary.unknown;
}

const std::vector<Answer>& RowJudge::judge(const std::vector<std::string_view>& texts,
                                           std::size_t rows) {
  if (checker_ == nullptr) {
    Answer nothing;
    nothing.why = otherwise_;
    answers_.assign(rows, nothing);
    return answers_;
  }
  answers_.resize(rows);
  questions_.resize(rows);
  of_key_.resize(rows);
  for (std::size_t key = 0; key < keys_.size(); ++key) {
    for (std::size_t row = 0; row < rows; ++row)
      questions_[row] = {keys_[key].type, texts[key * rows + row]};
    auto& into = key == 0 ? answers_ : of_key_;
    checker_->ask(questions_.data(), rows, into.data());
    for (std::size_t row = 0; key > 0 && row < rows; ++row)
      if (outweighs(*checker_, of_key_[row], answers_[row])) answers_[row] = of_key_[row];
  }
  return answers_;
}

std::array<std::string, 3> blocked_columns(const Checker& checker, const Answer& answer) {
  const auto quarantine = checker.quarantine(answer);
  return {std::string(quarantine.canal),
          quarantine.saida_prevista ? quarantine.saida_prevista->iso() : "",
          reason_of(checker, answer)};
}

std::array<std::string, 3> blocked_column_names(const std::vector<std::string>& taken) {
  std::array<std::string, 3> names = {"canal", "saida_prevista", "motivo"};
  for (auto& name : names)
    if (std::find(taken.begin(), taken.end(), name) != taken.end()) name = "quarentena_" + name;
  return names;
}

}  // namespace quarentena
