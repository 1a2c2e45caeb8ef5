#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/source_folder_for_tests.h"
#include "engine/duckdb/database.h"
#include "engine/duckdb/leaves_last.h"
#include "engine/duckdb/text_functions.h"
#include "engine/engine.h"

/// What the tests of src/engine share: small deliveries, and tables read back as text.
namespace quarentena::duck {

namespace fs = std::filesystem;

inline const fs::path kDeltaKinds = source_folder() / "tests/delta_kinds/tables";

inline Date day(std::string_view iso) { return *Date::parse_iso(iso); }

/// A folder of its own, gone afterwards.
class ScratchFolder {
 public:
  ScratchFolder() {
    static int number = 0;
    path_ =
        fs::temp_directory_path() / fmt::format("quarentena-engine-{}-{}", ::getpid(), number++);
    fs::create_directories(path_);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }
  fs::path write(const std::string& name, const std::string& bytes) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }

 private:
  fs::path path_;
};

/// A row as `a|b|NULL`.
inline std::string line_of(const std::vector<std::optional<std::string>>& row) {
  std::vector<std::string> cells;
  for (const auto& cell : row) cells.push_back(cell.value_or("NULL"));
  return fmt::format("{}", fmt::join(cells, "|"));
}

/// A bare DuckDB, to write deliveries and to read what a load wrote.
class Desk {
 public:
  explicit Desk(std::size_t threads = 1)
      : database_(Database::open({threads, {}}).value()),
        connection_(database_->connect().value()) {}
  Connection& connection() { return *connection_; }
  void run(const std::string& sql) {
    const auto status = connection_->run(sql);
    EXPECT_TRUE(status) << status.error().what << "\n" << sql;
  }
  std::vector<std::string> lines(const std::string& sql) {
    std::vector<std::string> out;
    auto answer = connection_->query(fmt::format("SELECT COLUMNS(*)::VARCHAR FROM ({})", sql));
    EXPECT_TRUE(answer) << answer.error().what << "\n" << sql;
    if (answer) answer->each_row([&](const auto& row) { out.push_back(line_of(row)); });
    return out;
  }

 private:
  std::unique_ptr<Database> database_;
  std::unique_ptr<Connection> connection_;
};

/// A source and what it delivers.
struct Given {
  Source source;
  Delivery delivery;
  SourceProgress progress;
};

/// Loads of the canal C on 2024-05-28, 7 days unless a test says otherwise.
class LoadTest : public testing::Test {
 protected:
  Given& given(const std::string& name, Format format) {
    auto& out = givens_.emplace_back();
    auto& source = out.source;
    source.name = name;
    source.canal = "C";
    source.format = std::move(format);
    source.period.dias = 7;
    return out;
  }
  void deliver(Given& to, const fs::path& file) const {
    to.delivery.files.push_back({file, static_cast<std::int64_t>(fs::file_size(file)), 0, {}});
  }

  static constexpr const char* kHeader = "id_cliente,email,telefone,assunto,data_envio\n";
  /// Lines of csv without their header.
  Given& csv(const std::string& name, const std::string& lines) {
    auto& out = given(name, CsvOptions{});
    deliver(out, scratch_.write(name + ".csv", kHeader + lines));
    return out;
  }
  Given& json(const std::string& name, const std::string& text) {
    auto& out = given(name, JsonOptions{});
    deliver(out, scratch_.write(name + ".json", text));
    return out;
  }
  /// One file with the rows of a query.
  Given& parquet(const std::string& name, const std::string& select) {
    auto& out = given(name, ParquetOptions{});
    const auto file = scratch_.path() / (name + ".parquet");
    desk_.run(fmt::format("COPY ({}) TO {} (FORMAT parquet)", select, literal(file.string())));
    deliver(out, file);
    return out;
  }
  Given& delta(const std::string& name, const fs::path& table, const AsOf& as_of = {}) {
    auto& out = given(name, DeltaOptions{});
    auto snapshot = read_snapshot(table.string(), as_of);
    EXPECT_TRUE(snapshot && *snapshot) << table;
    if (snapshot) out.delivery.delta = **snapshot;
    return out;
  }

  CanalLoad canal(const std::vector<Given*>& from) {
    CanalLoad load;
    load.canal = "C";
    load.data_carga = day("2024-05-28");
    load.timezone = "America/Sao_Paulo";
    load.folder = scratch_.path() / fmt::format("out{}", loads_++);
    fs::create_directories(load.folder);
    for (auto* one : from)
      load.sources.push_back(
          {&one->source, &one->delivery, &one->progress, load.data_carga, one->source.period, {}});
    return load;
  }
  Engine& engine() {
    if (!engine_) engine_ = open_duckdb_engine({threads_, scratch_.path() / "spill"}).value();
    return *engine_;
  }
  Result<CanalLoaded> load(const std::vector<Given*>& from) {
    const auto what = canal(from);
    folder_ = what.folder;
    return engine().load(what);
  }
  /// The same, when it must not fail.
  CanalLoaded loaded(const std::vector<Given*>& from) {
    auto out = load(from);
    EXPECT_TRUE(out) << out.error().what << "\n" << out.error().hint;
    if (out) return *out;
    CanalLoaded none;
    none.inputs.resize(from.size());
    return none;
  }
  CanalLoaded loaded(Given& from) { return loaded(std::vector<Given*>{&from}); }
  Error error_of_load(Given& from) {
    auto out = load({&from});
    EXPECT_FALSE(out);
    return out ? Error{} : out.error();
  }

  /// id_cliente|email|telefone|assunto|data_envio|qtd_dias|saida_prevista of the data file.
  std::vector<std::string> rows(const CanalLoaded& of) {
    if (of.files.empty()) return {};
    return desk_.lines(fmt::format("SELECT * FROM {} ORDER BY ALL",
                                   literal((folder_ / of.files[0].path).string())));
  }
  /// source|row|column|value|reason.
  std::vector<std::string> rejects(const CanalLoaded& of) {
    if (of.rejects.empty()) return {};
    return desk_.lines(
        fmt::format("SELECT source, row, \"column\", value, reason FROM {} ORDER BY source, row",
                    literal(of.rejects.string())));
  }

  std::size_t threads_ = 1;
  ScratchFolder scratch_;
  Desk desk_;
  std::deque<Given> givens_;
  fs::path folder_;

 private:
  std::unique_ptr<Engine> engine_;
  int loads_ = 0;
};

/// `read 7: quarantined 1, expired 1, ...`, those that are not zero.
inline std::string text_of(const Account& a) {
  std::string out = fmt::format("read {}:", a.read);
  const std::pair<const char*, std::int64_t> counts[] = {
      {"quarantined", a.quarantined}, {"expired", a.expired},     {"future", a.future},
      {"filtered", a.filtered},       {"duplicate", a.duplicate}, {"rejected", a.rejected}};
  for (const auto& [name, count] : counts)
    if (count != 0) out += fmt::format(" {} {}", name, count);
  return out;
}

}  // namespace quarentena::duck
