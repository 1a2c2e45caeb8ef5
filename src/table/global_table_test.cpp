#include "table/global_table.h"

#include <chrono>
#include <set>
#include <thread>

#include "table/durable.h"
#include "table/test_tables.h"

namespace quarentena {
namespace {

const Date kDay = *Date::parse_iso("2024-05-28");
const Date kNextDay = *Date::parse_iso("2024-05-29");

class GlobalTable : public testing::Test {
 protected:
  std::string location() const { return folder_.path() / "quarentena_global"; }

  /// A file of two clients in its partition's folder, whose name is what another writer may choose.
  NewFile add_file(Date day, const std::string& canal, const std::string& folder = "") {
    NewFile file;
    file.path = fmt::format("{}f{}.parquet", folder, ++files_);
    file.partition = {{"data_carga", day.iso()}, {"canal", canal}};
    const auto target = std::filesystem::path(location()) / percent_decoded(file.path);
    std::filesystem::create_directories(target.parent_path());
    std::filesystem::copy_file(kKinds / "two_clients.parquet", target);
    file.size_bytes = static_cast<std::int64_t>(std::filesystem::file_size(target));
    file.modified_ms = 1716852600000;
    file.stats_json =
        R"({"numRecords":2,"minValues":{"id_cliente":"00001","data_envio":"2024-05-20"},
        "maxValues":{"id_cliente":"00002","data_envio":"2024-05-20"},
        "nullCount":{"id_cliente":0,"email":1,"data_envio":0}})";
    return file;
  }

  /// Every canal gets the same fingerprint.
  ReplaceDay load(Date day, std::int64_t fingerprint, const std::vector<std::string>& canais) {
    ReplaceDay change;
    change.data_carga = day;
    change.commit_info = {{"runId", "r1"}, {"rows", R"({"CRM":2})"}};
    for (const auto& canal : canais) {
      change.fingerprints[canal] = fingerprint;
      change.files.push_back(add_file(day, canal));
    }
    return change;
  }

  std::int64_t replace(Date day, std::int64_t fingerprint, const std::vector<std::string>& canais) {
    const auto outcome = replace_day(location(), load(day, fingerprint, canais));
    EXPECT_TRUE(outcome) << outcome.error().what;
    const auto* committed = outcome ? std::get_if<Committed>(&*outcome) : nullptr;
    EXPECT_TRUE(committed);
    return committed ? committed->version : -1;
  }

  std::optional<std::int64_t> fingerprint_of(Date day, const std::string& canal) {
    const auto there = read_day(location(), day, {canal}).value();
    if (!there || !there->fingerprints.count(canal)) return std::nullopt;
    return there->fingerprints.at(canal);
  }

  /// `2024-05-28/CRM` of every file there.
  std::multiset<std::string> partitions(const AsOf& as_of = {}) {
    std::multiset<std::string> found;
    const auto snapshot = read_snapshot(location(), as_of).value().value();
    for (const auto& file : snapshot.files) {
      found.insert(file.partition.at("data_carga").value() + "/" +
                   file.partition.at("canal").value());
    }
    return found;
  }

  /// Writes version 0 of a table that somebody else made.
  void write_log(const std::string& protocol, const nlohmann::json& schema,
                 const std::vector<std::string>& partitions, const nlohmann::json& configuration) {
    const auto log = std::filesystem::path(location()) / "_delta_log";
    std::filesystem::create_directories(log);
    const nlohmann::json metadata = {
        {"metaData",
         {{"id", "x"},
          {"format", {{"provider", "parquet"}, {"options", nlohmann::json::object()}}},
          {"schemaString", schema.dump()},
          {"partitionColumns", partitions},
          {"configuration", configuration},
          {"createdTime", 0}}}};
    std::ofstream(log / "00000000000000000000.json") << "{\"protocol\":" << protocol << "}\n"
                                                     << metadata.dump() << "\n";
  }

  Error refusal() {
    const auto writable = check_writable(location());
    EXPECT_FALSE(writable);
    const auto outcome = replace_day(location(), load(kDay, 1, {"CRM"}));
    EXPECT_FALSE(outcome);
    EXPECT_EQ(read_snapshot(location()).value()->version, 0) << "nothing may be written";
    return writable ? Error{} : writable.error();
  }

  static constexpr const char* kLegacy = R"({"minReaderVersion":1,"minWriterVersion":2})";

 private:
  ScratchFolder folder_;
  int files_ = 0;
};

TEST_F(GlobalTable, IsCreatedByItsFirstDay) {
  EXPECT_TRUE(check_writable(location())) << "absent is fine";
  EXPECT_EQ(replace(kDay, 7, {"CRM", "Ofertas"}), 0);
  const auto snapshot = read_snapshot(location()).value().value();
  std::vector<std::string> columns;
  for (const auto& column : snapshot.columns) columns.push_back(column.name + " " + column.type);
  EXPECT_EQ(columns, (std::vector<std::string>{"id_cliente string", "canal string", "email string",
                                               "telefone string", "assunto string",
                                               "data_envio date", "qtd_dias integer",
                                               "saida_prevista date", "data_carga date"}));
  EXPECT_EQ(snapshot.partition_columns, (std::vector<std::string>{"data_carga", "canal"}));
  EXPECT_TRUE(snapshot.plain_parquet);
  ASSERT_EQ(snapshot.files.size(), 2U);
  EXPECT_EQ(snapshot.files[0].rows, 2);
  EXPECT_TRUE(check_writable(location()));
}

TEST_F(GlobalTable, ReadsBackTheRowsWithTheirPartition) {
  replace(kDay, 7, {"Ação/1 %"});
  auto opened =
      scan(location(), {}, {"id_cliente", "canal", "saida_prevista", "data_carga"}).value();
  const std::vector<TextRow> rows = {{"00001", "Ação/1 %", "2024-06-19", "2024-05-28"},
                                     {"00002", "Ação/1 %", std::nullopt, "2024-05-28"}};
  EXPECT_EQ(rows_of(*opened), rows);
}

TEST_F(GlobalTable, FindsAFileWhoseFolderSpellsItsPartition) {
  auto change = load(kDay, 7, {});
  change.files = {add_file(kDay, "Ação/1 %", "canal=A%25C3%25A7%25C3%25A3o%252F1%2520%2525/")};
  ASSERT_TRUE(replace_day(location(), change));
  const auto file = read_snapshot(location()).value()->files.at(0);
  EXPECT_NE(file.path.find("/canal=A%C3%A7%C3%A3o%2F1%20%25/f1.parquet"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(file.path));
  auto opened = scan(location(), {}, {"canal"}).value();
  EXPECT_EQ(rows_of(*opened), (std::vector<TextRow>(2, {"Ação/1 %"})));
}

TEST_F(GlobalTable, NeverCommitsAFileThatIsNotThere) {
  auto change = load(kDay, 7, {"CRM"});
  std::filesystem::remove(std::filesystem::path(location()) / change.files[0].path);
  const auto outcome = replace_day(location(), change);
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().what.find("f1.parquet"), std::string::npos) << outcome.error().what;
  EXPECT_EQ(read_snapshot(location()).value(), std::nullopt);
}

TEST_F(GlobalTable, KeepsOneLoadOfADayHoweverOftenItIsReplaced) {
  replace(kDay, 1, {"CRM", "Ofertas"});
  EXPECT_EQ(replace(kDay, 2, {"CRM", "Ofertas"}), 1);
  EXPECT_EQ(replace(kDay, 3, {"CRM"}), 2);
  EXPECT_EQ(partitions(), (std::multiset<std::string>{"2024-05-28/CRM"}));
}

TEST_F(GlobalTable, LeavesOtherDaysUntouched) {
  replace(kDay, 1, {"CRM", "Ação/1 %"});
  replace(kNextDay, 1, {"CRM"});
  replace(kNextDay, 2, {"Ofertas"});
  EXPECT_EQ(partitions(), (std::multiset<std::string>{"2024-05-28/CRM", "2024-05-28/Ação/1 %",
                                                      "2024-05-29/Ofertas"}));
}

TEST_F(GlobalTable, MayBecomeEmptyForADay) {
  replace(kDay, 1, {"CRM"});
  EXPECT_EQ(replace(kDay, 2, {}), 1);
  EXPECT_TRUE(partitions().empty());
}

TEST_F(GlobalTable, RemembersWhatEachDaysCanalWasMadeFrom) {
  EXPECT_EQ(read_day(location(), kDay, {"CRM"}).value(), std::nullopt) << "absent table";
  replace(kDay, 5000000000, {"CRM", "Ofertas"});
  replace(kNextDay, 20, {"CRM"});
  EXPECT_EQ(fingerprint_of(kDay, "CRM"), 5000000000);
  EXPECT_EQ(fingerprint_of(kDay, "Ofertas"), 5000000000);
  replace(kDay, 3, {"CRM"});
  EXPECT_EQ(fingerprint_of(kDay, "CRM"), 3) << "a fingerprint need not grow";
  EXPECT_EQ(fingerprint_of(kNextDay, "CRM"), 20);
  EXPECT_EQ(fingerprint_of(Date(1), "CRM"), std::nullopt);
  EXPECT_EQ(read_day(location(), kDay, {}).value()->canais, (std::set<std::string>{"CRM"}));
}

TEST_F(GlobalTable, MayReplaceSomeCanaisOfADayOnly) {
  replace(kDay, 1, {"CRM", "Ofertas"});
  auto change = load(kDay, 2, {"CRM"});
  change.fingerprints["Fraude"] = 2;
  change.others = ReplaceDay::Others::keep;
  ASSERT_TRUE(replace_day(location(), change));
  EXPECT_EQ(partitions(), (std::multiset<std::string>{"2024-05-28/CRM", "2024-05-28/Ofertas"}));
  EXPECT_EQ(fingerprint_of(kDay, "Ofertas"), 1);
  EXPECT_EQ(fingerprint_of(kDay, "Fraude"), 2) << "a canal without rows is known as loaded";
}

TEST_F(GlobalTable, AWriterThatLostTheRaceWritesNothing) {
  replace(kDay, 1, {"CRM"});
  const auto slow = open_table(location()).value();
  replace(kDay, 2, {"Ofertas"});
  const auto outcome = replace_day_on(slow, location(), load(kDay, 3, {"CRM", "Marketing"}));
  ASSERT_TRUE(outcome) << outcome.error().what;
  EXPECT_TRUE(std::holds_alternative<Conflict>(*outcome));
  EXPECT_EQ(partitions(), (std::multiset<std::string>{"2024-05-28/Ofertas"}));
  EXPECT_EQ(fingerprint_of(kDay, "CRM"), 1) << "as the first load left it";
}

TEST_F(GlobalTable, TwoRunsAtOnceLeaveOneOfTheLoads) {
  std::vector<ReplaceDay> changes = {load(kDay, 1, {"A", "B"}), load(kDay, 2, {"C", "D"})};
  std::vector<std::thread> runs;
  for (const auto& change : changes) {
    runs.emplace_back([&, where = location()] {
      for (int tries = 0; tries < 20; ++tries) {
        const auto outcome = replace_day(where, change);
        ASSERT_TRUE(outcome) << outcome.error().what;
        if (std::holds_alternative<Committed>(*outcome)) return;
      }
      FAIL() << "never committed";
    });
  }
  for (auto& run : runs) run.join();
  const bool first = partitions().count("2024-05-28/A") == 1;
  const auto left = partitions();
  EXPECT_EQ(left, first ? (std::multiset<std::string>{"2024-05-28/A", "2024-05-28/B"})
                        : (std::multiset<std::string>{"2024-05-28/C", "2024-05-28/D"}));
  EXPECT_EQ(read_snapshot(location()).value()->version, 1);
}

TEST_F(GlobalTable, IsCheckpointedAtEveryTenthVersion) {
  for (int version = 0; version <= 10; ++version) {
    EXPECT_EQ(replace(Date(kDay.days() + version), version, {"CRM"}), version);
  }
  const auto log = std::filesystem::path(location()) / "_delta_log";
  EXPECT_TRUE(std::filesystem::exists(log / "_last_checkpoint"));
  EXPECT_TRUE(std::filesystem::exists(log / "00000000000000000010.checkpoint.parquet"));
  for (int version = 0; version < 10; ++version) {
    std::filesystem::remove(log / fmt::format("{:020}.json", version));
  }
  EXPECT_EQ(partitions().size(), 11U) << "the checkpoint stands for the commits before it";
  EXPECT_EQ(fingerprint_of(kDay, "CRM"), 0);
  EXPECT_EQ(replace(kDay, 4, {"Ofertas"}), 11) << "files known from the checkpoint are removed too";
  EXPECT_EQ(partitions().count("2024-05-28/Ofertas"), 1U);
  EXPECT_EQ(partitions().count("2024-05-28/CRM"), 0U);
  const auto gone = read_snapshot(location(), {3, {}});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::missing) << gone.error().what;
}

TEST_F(GlobalTable, TellsItsHistory) {
  replace(kDay, 1, {"CRM"});
  replace(kDay, 2, {"CRM"});
  const auto commits = history(location()).value().value();
  ASSERT_EQ(commits.size(), 2U);
  EXPECT_EQ(commits[0].version, 1);
  EXPECT_EQ(commits[0].operation, "WRITE");
  EXPECT_EQ(commits[1].operation, "CREATE TABLE");
  EXPECT_EQ(commits[0].info.at("runId"), "r1");
  EXPECT_EQ(commits[0].info.at("rows"), R"({"CRM":2})");
  EXPECT_NE(commits[0].info.at("operationParameters").find("2024-05-28"), std::string::npos);
  EXPECT_NEAR(static_cast<double>(commits[0].timestamp_ms), static_cast<double>(now_ms()), 60000);
}

TEST_F(GlobalTable, ReadsAsOfAVersionOrATime) {
  replace(kDay, 1, {"CRM"});
  const auto between = read_snapshot(location()).value()->timestamp_ms;
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  replace(kDay, 2, {"Ofertas"});
  EXPECT_EQ(partitions({0, {}}), (std::multiset<std::string>{"2024-05-28/CRM"}));
  EXPECT_EQ(partitions({{}, between}), (std::multiset<std::string>{"2024-05-28/CRM"}));
  EXPECT_EQ(partitions({{}, now_ms() + 1000}), (std::multiset<std::string>{"2024-05-28/Ofertas"}));
  const auto before = read_snapshot(location(), {{}, between - 1000000});
  ASSERT_FALSE(before);
  EXPECT_EQ(before.error().kind, ErrorKind::missing) << before.error().what;
}

TEST_F(GlobalTable, KeepsTheStatisticsOfItsFiles) {
  replace(kDay, 1, {"CRM"});
  std::ifstream log(std::filesystem::path(location()) / "_delta_log/00000000000000000000.json");
  nlohmann::json stats;
  for (std::string line; std::getline(log, line);) {
    const auto action = nlohmann::json::parse(line);
    if (action.contains("add")) {
      stats = nlohmann::json::parse(action.at("add").at("stats").get<std::string>());
    }
  }
  EXPECT_EQ(stats.at("numRecords"), 2);
  EXPECT_EQ(stats.at("minValues").at("data_envio"), "2024-05-20");
  EXPECT_EQ(stats.at("maxValues").at("id_cliente"), "00002");
  EXPECT_EQ(stats.at("nullCount").at("email"), 1);
}

TEST(PercentDecoded, ReadsEscapesAndKeepsWhatIsNone) {
  EXPECT_EQ(percent_decoded("a%20b%25C3/100%"), "a b%C3/100%");
  EXPECT_EQ(percent_decoded("%zz%4"), "%zz%4");
}

TEST_F(GlobalTable, RefusesAnotherSchemaAndNamesBoth) {
  auto schema = global_schema();
  schema["fields"][6]["type"] = "long";
  write_log(kLegacy, schema, kGlobalPartitions, nlohmann::json::object());
  const auto error = refusal();
  EXPECT_EQ(error.kind, ErrorKind::config);
  EXPECT_NE(error.what.find("qtd_dias long"), std::string::npos) << error.what;
  EXPECT_NE(error.what.find("qtd_dias integer"), std::string::npos);
  EXPECT_FALSE(error.hint.empty());
}

TEST_F(GlobalTable, RefusesOtherPartitions) {
  write_log(kLegacy, global_schema(), {"canal"}, nlohmann::json::object());
  EXPECT_NE(refusal().what.find("partitioned by (canal)"), std::string::npos);
}

TEST_F(GlobalTable, RefusesAColumnThatMayNotBeNull) {
  auto schema = global_schema();
  schema["fields"][0]["nullable"] = false;
  write_log(kLegacy, schema, kGlobalPartitions, nlohmann::json::object());
  EXPECT_NE(refusal().what.find("id_cliente string NOT NULL"), std::string::npos);
}

TEST_F(GlobalTable, RefusesAGeneratedColumn) {
  auto schema = global_schema();
  schema["fields"][0]["metadata"]["delta.generationExpression"] = "upper(canal)";
  write_log(R"({"minReaderVersion":1,"minWriterVersion":4})", schema, kGlobalPartitions,
            nlohmann::json::object());
  EXPECT_NE(refusal().what.find("delta.generationExpression"), std::string::npos);
}

TEST_F(GlobalTable, AcceptsACommentOnAColumn) {
  auto schema = global_schema();
  schema["fields"][0]["metadata"]["comment"] = "the client";
  write_log(kLegacy, schema, kGlobalPartitions, nlohmann::json::object());
  const auto writable = check_writable(location());
  EXPECT_TRUE(writable) << writable.error().what;
  EXPECT_EQ(replace(kDay, 1, {"CRM"}), 1);
}

class BindingProperty : public GlobalTable,
                        public testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(BindingProperty, IsRefusedByName) {
  const auto [property, value] = GetParam();
  write_log(R"({"minReaderVersion":2,"minWriterVersion":5})", global_schema(), kGlobalPartitions,
            {{property, value}});
  const auto error = refusal();
  EXPECT_EQ(error.kind, ErrorKind::config);
  EXPECT_NE(error.what.find(property), std::string::npos) << error.what;
}

INSTANTIATE_TEST_SUITE_P(All, BindingProperty,
                         testing::Values(std::pair("delta.appendOnly", "true"),
                                         std::pair("delta.enableChangeDataFeed", "true"),
                                         std::pair("delta.constraints.positive", "qtd_dias >= 0")));

class WriterFeature : public GlobalTable, public testing::WithParamInterface<const char*> {
 protected:
  static std::string protocol(const std::string& feature, bool reader) {
    return fmt::format(
        R"({{"minReaderVersion":{},"minWriterVersion":7{},"writerFeatures":["{}"]}})",
        reader ? 3 : 1, reader ? R"(,"readerFeatures":[")" + feature + R"("])" : "", feature);
  }
};

TEST_P(WriterFeature, IsRefusedByName) {
  write_log(protocol(GetParam(), false), global_schema(), kGlobalPartitions,
            nlohmann::json::object());
  const auto writable = check_writable(location());
  ASSERT_FALSE(writable);
  EXPECT_EQ(writable.error().kind, ErrorKind::config) << writable.error().what;
  EXPECT_NE(writable.error().what.find(GetParam()), std::string::npos) << writable.error().what;
}

INSTANTIATE_TEST_SUITE_P(All, WriterFeature,
                         testing::Values("checkConstraints", "generatedColumns", "identityColumns",
                                         "rowTracking", "clustering", "icebergCompatV2",
                                         "somethingNew"));

using AcceptedFeature = WriterFeature;

TEST_P(AcceptedFeature, IsWrittenTo) {
  const std::string feature = GetParam();
  const bool reader =
      feature == "deletionVectors" || feature == "v2Checkpoint" || feature == "vacuumProtocolCheck";
  write_log(protocol(feature, reader), global_schema(), kGlobalPartitions,
            nlohmann::json::object());
  const auto writable = check_writable(location());
  ASSERT_TRUE(writable) << writable.error().what;
  EXPECT_EQ(replace(kDay, 1, {"CRM"}), 1);
}

INSTANTIATE_TEST_SUITE_P(All, AcceptedFeature,
                         testing::Values("appendOnly", "changeDataFeed", "invariants",
                                         "deletionVectors", "v2Checkpoint", "vacuumProtocolCheck",
                                         "inCommitTimestamp", "domainMetadata"));

}  // namespace
}  // namespace quarentena
