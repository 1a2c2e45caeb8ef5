#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <string>
#include <vector>

#include "engine/table_query.h"
#include "run/pipeline.h"
#include "run/rejects.h"
#include "table/test_tables.h"

/// What the tests of src/run share: a plan over tiny csv files, and what a run left.
namespace quarentena {

namespace fs = std::filesystem;

inline const Date kDay = *Date::parse_iso("2024-05-28");

inline void write(const fs::path& file, const std::string& bytes) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

inline std::vector<std::string> files_under(const fs::path& folder) {
  std::vector<std::string> out;
  if (fs::exists(folder))
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      out.push_back(entry.path().lexically_relative(folder).string());
  std::sort(out.begin(), out.end());
  return out;
}

/// Every column by its own name, ISO dates, 7 days.
inline Source csv_source(const std::string& name, const std::string& canal, const fs::path& file) {
  Source source;
  source.name = name;
  source.canal = canal;
  source.location = file.string();
  source.format = CsvOptions{};
  source.period.dias = 7;
  return source;
}

class RunTest : public testing::Test {
 protected:
  RunTest() {
    plan_.file = scratch_.path() / "quarentena.yml";
    plan_.table = table().string();
    plan_.staging = (scratch_.path() / "staging").string();
    options_.data_carga = kDay;
    options_.threads = 2;
  }

  fs::path table() const { return scratch_.path() / "table"; }
  fs::path rejects() const { return rejects_location(plan_.table); }
  fs::path inbox(const std::string& name) const { return scratch_.path() / "in" / (name + ".csv"); }

  /// A source whose delivery has these lines.
  void source(const std::string& name, const std::string& canal, const std::string& lines) {
    deliver(name, lines);
    plan_.sources.push_back(csv_source(name, canal, inbox(name)));
  }
  void deliver(const std::string& name, const std::string& lines) const {
    write(inbox(name), "id_cliente,email,telefone,assunto,data_envio\n" + lines);
  }
  void forget(const std::string& name) {
    std::erase_if(plan_.sources, [&](const auto& source) { return source.name == name; });
  }

  RunReport run(RunOptions options) const {
    RunWatcher watcher;
    return run_load(plan_, options, watcher);
  }
  RunReport run() const { return run(options_); }
  /// The same, when it must publish.
  RunReport published(const RunOptions& options) const {
    const auto report = run(options);
    EXPECT_EQ(report.status, RunStatus::published) << (report.error ? report.error->what : "");
    return report;
  }
  RunReport published() const { return published(options_); }

  /// The table's rows of `columns`, as `a|b`.
  std::vector<std::string> rows(const std::string& columns) const {
    std::vector<std::string> out;
    const auto query = open_table_query({table(), rejects(), {}});
    EXPECT_TRUE(query);
    auto answer = (*query)->ask(
        fmt::format("SELECT concat_ws('|', {}) FROM quarentena_global ORDER BY ALL", columns));
    EXPECT_TRUE(answer) << answer.error().what;
    AnswerRow row;
    while ((*answer)->next(row).value_or(false)) out.push_back(row[0].value_or("NULL"));
    return out;
  }

  ScratchFolder scratch_;
  Plan plan_;
  RunOptions options_;
};

}  // namespace quarentena
