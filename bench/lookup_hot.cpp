/// What one question costs inside a process: lookup_bench QUARENTENA.YML DAY KEYS [KIND]. KEYS
/// holds one key a line; prints one JSON object. `build_s` is of an index that was not there, else
/// 0.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <vector>

#include "config/load.h"
#include "lookup/lookup.h"

using namespace quarentena;
using Clock = std::chrono::steady_clock;

namespace {

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<std::string> lines_of(const char* file) {
  std::vector<std::string> out;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) out.push_back(std::move(line));
  return out;
}

double percentile(std::vector<double>& values, double share) {
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

int failed(const Error& error) {
  fmt::print(stderr, "error: {}\n", error.what);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 1;
  const auto plan = load_plan(argv[1]);
  if (!plan) return 1;
  const auto day = *Date::parse_iso(argv[2]);
  const auto texts = lines_of(argv[3]);
  const auto type = key_type(argc > 4 ? argv[4] : "id_cliente").value();

  auto start = Clock::now();
  auto opened = open_index(*plan, plan->table, {day, 0, nullptr});
  if (!opened) return failed(opened.error());
  const double build_s = opened->built_because.empty() ? 0 : seconds_since(start);
  start = Clock::now();
  opened = open_index(*plan, plan->table, {day, 0, nullptr});
  const double open_s = seconds_since(start);
  const auto checker = Checker::create(opened->index, *plan, {}, day);
  if (!checker) return failed(checker.error());

  std::vector<Question> questions;
  for (const auto& text : texts) questions.push_back({type, text});
  std::vector<Answer> answers(questions.size());
  checker->ask(questions.data(), questions.size(), answers.data());  // warm
  start = Clock::now();
  checker->ask(questions.data(), questions.size(), answers.data());
  const double batch_ns = seconds_since(start) * 1e9 / static_cast<double>(questions.size());

  std::vector<double> each;
  while (each.size() < 100'000)  // few keys are asked again and again
    for (const auto& question : questions) {
      const auto before = Clock::now();
      answers[0] = checker->ask(question);
      each.push_back(std::chrono::duration<double, std::nano>(Clock::now() - before).count());
    }
  checker->ask(questions.data(), questions.size(), answers.data());
  const auto blocked = std::count_if(answers.begin(), answers.end(), [](const Answer& answer) {
    return answer.standing == Standing::blocked;
  });
  fmt::print(
      "{{\"build_s\": {:.3f}, \"open_ms\": {:.3f}, \"batch_ns\": {:.1f}, \"median_ns\": {:.0f}, "
      "\"p99_ns\": {:.0f}, \"blocked\": {}, \"asked\": {}}}\n",
      build_s, open_s * 1e3, batch_ns, percentile(each, 0.5), percentile(each, 0.99), blocked,
      questions.size());
  return 0;
}
