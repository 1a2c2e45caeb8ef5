#include "config/load.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/source_folder_for_tests.h"

namespace quarentena {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const fs::path kTestData = source_folder() / "src/config/testdata";

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> yaml_files(const char* folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kTestData / folder)) {
    if (entry.path().extension() == ".yml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string stem(const testing::TestParamInfo<fs::path>& info) {
  return info.param.stem().string();
}

/// The problems of a text, as `quarentena config check` prints them.
std::string problems_of(const std::string& text) {
  const auto plan = read_plan(text, "quarentena.yml");
  return plan ? "" : format_problems(plan.error());
}

class GoodFile : public testing::TestWithParam<fs::path> {};
INSTANTIATE_TEST_SUITE_P(Config, GoodFile, testing::ValuesIn(yaml_files("good")), stem);

TEST_P(GoodFile, IsRead) {
  const auto plan = read_plan(GetParam());
  EXPECT_TRUE(plan) << format_problems(plan.error());
}

class BadFile : public testing::TestWithParam<fs::path> {};
INSTANTIATE_TEST_SUITE_P(Config, BadFile, testing::ValuesIn(yaml_files("bad")), stem);

// QUARENTENA_UPDATE_GOLDEN=1 writes the expected files; review them with git diff.
TEST_P(BadFile, HasTheExpectedProblems) {
  const auto plan = read_plan(read(GetParam()), GetParam().filename());
  ASSERT_FALSE(plan);
  const std::string problems = format_problems(plan.error()) + "\n";
  fs::path expected = GetParam();
  expected.replace_extension(".expected");
  if (std::getenv("QUARENTENA_UPDATE_GOLDEN") != nullptr) std::ofstream(expected) << problems;
  EXPECT_EQ(read(expected), problems);
}

TEST(LoadPlan, AFileThatIsNotThereHintsAtInit) {
  const auto plan = load_plan("no/such/quarentena.yml");
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::missing);
  EXPECT_EQ(plan.error().what, "no/such/quarentena.yml: there is no such file");
  EXPECT_THAT(plan.error().hint, HasSubstr("quarentena init"));
}

TEST(LoadPlan, AFolderIsNotAFile) {
  const auto plan = load_plan(kTestData);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::config);
  EXPECT_THAT(plan.error().what, HasSubstr("this is a folder"));
}

TEST(LoadPlan, CountsTheProblemsInItsHint) {
  const auto plan = load_plan(kTestData / "bad/no_sources.yml");
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::config);
  EXPECT_THAT(plan.error().hint, HasSubstr("1 problem to correct"));
}

TEST(LoadPlan, AnEmptyFileIsNotAConfiguration) {
  EXPECT_THAT(problems_of(""), HasSubstr("this is not a configuration: it is empty"));
  EXPECT_THAT(problems_of("# only a comment\n"), HasSubstr("it is empty"));
}

TEST(LoadPlan, KeysOfIdentitiesAreMadeOnlyWhereTheyAreAskedFor) {
  const auto plan = read_plan(read(kTestData / "good/identity.yml"), "/etc/q/quarentena.yml");
  ASSERT_TRUE(plan) << format_problems(plan.error());
  EXPECT_EQ(plan->identity.cpf, "id_cliente");
  EXPECT_TRUE(plan->identity.telefone);
  EXPECT_FALSE(plan->identity.email);
  const auto least = read_plan(read(kTestData / "good/least.yml"), "/etc/q/quarentena.yml");
  ASSERT_TRUE(least) << format_problems(least.error());
  EXPECT_EQ(least->identity.cpf, "");
  EXPECT_FALSE(least->identity.telefone);
}

TEST(LoadPlan, EveryFormOfAValueReachesThePlan) {
  const auto plan = read_plan(read(kTestData / "good/every_form.yml"), "/etc/q/quarentena.yml");
  ASSERT_TRUE(plan) << format_problems(plan.error());
  EXPECT_EQ(plan->file, "/etc/q/quarentena.yml");
  EXPECT_EQ(plan->timezone, "America/Manaus");
  EXPECT_EQ(plan->table, "s3://bucket/quarentena_global");
  EXPECT_EQ(plan->staging, "/var/lib/quarentena/staging");
  EXPECT_EQ(plan->engine.kind, EngineChoice::Kind::duckdb);

  const Source& sheet = *plan->find("planilha");
  EXPECT_EQ(sheet.canal, "Campanha de Inverno");
  EXPECT_EQ(sheet.location, "/etc/q/entrada/Base Geral.XLSX");
  EXPECT_EQ(std::get<XlsxOptions>(sheet.format).sheet, "2024");
  EXPECT_EQ(std::get<XlsxOptions>(sheet.format).header_row, 3);
  EXPECT_EQ(sheet.id_cliente.column, "cpf");
  EXPECT_EQ(sheet.id_cliente.pad, 11);
  EXPECT_EQ(sheet.telefone.column, "celular");
  EXPECT_EQ(sheet.email.column, "email");
  EXPECT_EQ(sheet.period.dias, 0);
  EXPECT_EQ(sheet.dates.size(), 4U);
  EXPECT_EQ(sheet.position, (Position{9, 3}));

  const Source& radio = *plan->find("sem_cabecalho");
  EXPECT_EQ(radio.location, "/dados/radio_{data_carga:%Y/%m/%d}_??.txt.gz");
  const auto& csv = std::get<CsvOptions>(radio.format);
  EXPECT_EQ(csv.separator, '\t');
  EXPECT_EQ(csv.quote, '\'');
  EXPECT_FALSE(csv.header);
  EXPECT_EQ(csv.names.size(), 5U);
  EXPECT_EQ(csv.encoding, "windows-1252");
  EXPECT_EQ(radio.where, "email IS NOT NULL\nAND data_envio <= data_carga\n");

  EXPECT_EQ(std::get<CsvOptions>(plan->find("tabulado")->format).separator, '\t');
  EXPECT_EQ(plan->find("tabulado")->period.dias, 30);
  const Source& partner = *plan->find("parceiro");
  EXPECT_EQ(partner.take, Take::newest);
  EXPECT_EQ(partner.settle_ms, 500);
  EXPECT_EQ(partner.limits.connect_timeout_ms, 40'000);
  EXPECT_EQ(partner.limits.stall_timeout_ms, 120'000);
  EXPECT_EQ(partner.limits.patience_ms, 0);
  EXPECT_EQ(partner.limits.max_connections, 2);
  EXPECT_EQ(sheet.limits.connect_timeout_ms, 15'000);
  EXPECT_EQ(plan->table, "s3://bucket/quarentena_global");
  EXPECT_EQ(plan->table_auth.at("secret_access_key"), "${env:LAKE_KEY}");
  EXPECT_EQ(partner.auth.at("host_key"),
            "SHA256:djemW8/goqooLVjdjSWQnOmPsfaGOJDgb6TtyM0yqSg ${file:/etc/pins/novo}");
  EXPECT_EQ(partner.auth.at("known_hosts"), "/etc/q/keys/known_hosts");
  EXPECT_TRUE(std::holds_alternative<CsvOptions>(partner.format));
  EXPECT_EQ(plan->find("historico")->auth, plan->find("tabulado")->auth);
  EXPECT_EQ(plan->find("historico")->auth.at("client_secret"), "${databricks:marketing/graph}");
  EXPECT_STREQ(format_name(plan->find("historico")->format), "csv");
  EXPECT_EQ(std::get<DeltaOptions>(plan->find("delta_antiga")->format).version, 12);
  EXPECT_EQ(std::get<DeltaOptions>(plan->find("delta_no_tempo")->format).timestamp,
            "2024-05-28T06:00:00-03:00");
  EXPECT_EQ(plan->find("delta_no_tempo")->data_envio.constant, "2024-05-28");
  EXPECT_TRUE(plan->find("delta_no_tempo")->period.until_removed());
  EXPECT_EQ(plan->find("contatos")->location, "https://example.com/restritos.ndjson?ano=2024");
  EXPECT_EQ(plan->find("pasta")->location, "/etc/q/ofertas/");
  EXPECT_EQ(plan->find("nobody"), nullptr);
}

TEST(LoadPlan, WhatIsNotWrittenHasItsDefault) {
  const auto plan = read_plan(read(kTestData / "good/least.yml"), "/etc/q/quarentena.yml");
  ASSERT_TRUE(plan) << format_problems(plan.error());
  EXPECT_EQ(plan->timezone, "America/Sao_Paulo");
  EXPECT_EQ(plan->table, "/etc/q/data/quarentena_global");
  EXPECT_EQ(plan->staging, "/etc/q/data/staging");
  EXPECT_EQ(plan->sources[0].data_envio.column, "data_envio");
  EXPECT_EQ(plan->sources[0].period.dias, 30);
}

TEST(Trust, EveryLimitReachesThePlan) {
  const auto plan = read_plan(kTestData / "good/trust.yml");
  ASSERT_TRUE(plan) << format_problems(plan.error());
  EXPECT_EQ(plan->keep_days, 730);
  const Source& source = *plan->find("limites");
  EXPECT_EQ(source.keeps, Keeps::snapshot);
  EXPECT_EQ(source.applies, Applies::from_now);
  const Acceptance& asked = source.acceptance;
  EXPECT_EQ(asked.on_failure, Acceptance::OnFailure::fail);
  EXPECT_EQ(asked.contract, Acceptance::Contract::freeze);
  EXPECT_EQ(asked.max_age_hours, 26);
  EXPECT_EQ(asked.newest_within_days, 1);
  EXPECT_EQ(asked.deadline_minutes, 7 * 60);
  EXPECT_EQ(asked.timezone, "America/Manaus");
  EXPECT_EQ(asked.min_rows, 1000);
  ASSERT_TRUE(asked.shrink && asked.growth);
  EXPECT_EQ(asked.shrink->percent, 30);
  EXPECT_EQ(asked.shrink->count, 100);
  EXPECT_EQ(asked.growth->percent, 300);
  EXPECT_EQ(asked.growth->count, 0);
  EXPECT_EQ(asked.max_reject_percent, 5);
  ASSERT_EQ(asked.expectations.size(), 3U);
  EXPECT_EQ(asked.expectations[0].name, "emails");
  EXPECT_EQ(asked.expectations[0].sql, "count(email)\n  > 0.8 * count(*)\n");
  EXPECT_EQ(asked.expectations[0].severity, Expectation::Severity::warn);
  EXPECT_EQ(asked.expectations[1].severity, Expectation::Severity::fail);
  EXPECT_EQ(asked.expectations[2].severity, Expectation::Severity::hold);
}

TEST(Trust, WhatIsNotWrittenHasItsDefault) {
  const auto plan = read_plan(kTestData / "good/least.yml");
  ASSERT_TRUE(plan) << format_problems(plan.error());
  EXPECT_EQ(plan->keep_days, 400);
  EXPECT_EQ(plan->brake("CRM").count, 10);
  EXPECT_EQ(plan->brake("CRM").percent, 10);
  const Source& source = plan->sources[0];
  EXPECT_EQ(source.keeps, Keeps::snapshot);
  EXPECT_EQ(source.applies, std::nullopt);
  const Acceptance& asked = source.acceptance;
  EXPECT_EQ(asked.on_failure, Acceptance::OnFailure::carry);
  EXPECT_EQ(asked.contract, Acceptance::Contract::evolve);
  EXPECT_EQ(asked.max_age_hours, std::nullopt);
  EXPECT_EQ(asked.newest_within_days, std::nullopt);
  EXPECT_EQ(asked.deadline_minutes, std::nullopt);
  EXPECT_EQ(asked.min_rows, 1);
  ASSERT_TRUE(asked.shrink);
  EXPECT_EQ(asked.shrink->percent, 50);
  EXPECT_FALSE(asked.growth);
  EXPECT_EQ(asked.max_reject_percent, 30);
  EXPECT_TRUE(asked.expectations.empty());
}

TEST(Trust, ASourceOfEventsMayBeEmptyAndMayShrinkUnlessItSaysOtherwise) {
  const auto plan = read_plan(kTestData / "good/trust.yml");
  ASSERT_TRUE(plan) << format_problems(plan.error());
  const Source& source = *plan->find("eventos");
  EXPECT_EQ(source.keeps, Keeps::events);
  EXPECT_EQ(source.applies, Applies::to_all);
  EXPECT_EQ(source.acceptance.on_failure, Acceptance::OnFailure::skip);
  EXPECT_EQ(source.acceptance.max_age_hours, 48);
  EXPECT_EQ(source.acceptance.min_rows, 0);
  EXPECT_FALSE(source.acceptance.shrink);
  ASSERT_TRUE(source.acceptance.growth);
  EXPECT_EQ(source.acceptance.growth->percent, 200);
  EXPECT_EQ(source.acceptance.growth->count, 0);
  EXPECT_EQ(source.acceptance.max_reject_percent, 100);

  const Acceptance& limited = plan->find("eventos_com_limites")->acceptance;
  EXPECT_EQ(limited.min_rows, 1);
  ASSERT_TRUE(limited.shrink);
  EXPECT_EQ(limited.shrink->percent, 80);
  EXPECT_FALSE(limited.growth);
  EXPECT_EQ(limited.deadline_minutes, 23 * 60 + 59);
  EXPECT_EQ(limited.timezone, "");
}

TEST(Trust, ALimitCanBeOffOrOnlyACount) {
  const auto plan = read_plan(kTestData / "good/trust.yml");
  ASSERT_TRUE(plan) << format_problems(plan.error());
  const Acceptance& asked = plan->find("retrato")->acceptance;
  EXPECT_FALSE(asked.shrink);
  ASSERT_TRUE(asked.growth);
  EXPECT_EQ(asked.growth->percent, 0);
  EXPECT_EQ(asked.growth->count, 1000);
}

TEST(Trust, ABrakeOfACanalInheritsWhatItDoesNotSay) {
  const auto plan = read_plan(kTestData / "good/trust.yml");
  ASSERT_TRUE(plan) << format_problems(plan.error());
  EXPECT_EQ(plan->brake("CRM").count, 50);
  EXPECT_EQ(plan->brake("CRM").percent, 5);
  EXPECT_EQ(plan->brake("Fraude").count, 0);
  EXPECT_EQ(plan->brake("Fraude").percent, 0);
  EXPECT_EQ(plan->brake("Cobranca").count, 500);
  EXPECT_EQ(plan->brake("Cobranca").percent, 5);
}

TEST(LoadPlan, SourcesKeepTheOrderOfTheFile) {
  const auto plan = read_plan(kTestData / "good/six_canais.yml");
  ASSERT_TRUE(plan);
  std::vector<std::string> names;
  for (const Source& source : plan->sources) names.push_back(source.name);
  EXPECT_THAT(names, testing::ElementsAre("crm", "marketing", "recomendacao", "restritos",
                                          "ofertas", "fraude"));
}

TEST(LoadPlan, EachFormatIsToldByTheExtension) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"a.csv", "csv"},        {"a.csv.gz", "csv"},       {"a.CSV.ZIP", "csv"},
      {"a.txt", "csv"},        {"a.xlsx", "xlsx"},        {"a.xls", "xlsx"},
      {"a.xlsb", "xlsx"},      {"a.ods", "xlsx"},         {"a.json", "json"},
      {"a.jsonl", "json"},     {"a.ndjson.gz", "json"},   {"a.parquet", "parquet"},
      {"uc://a.b.c", "delta"}, {"d/*.parquet", "parquet"}};
  for (const auto& [location, format] : cases) {
    const auto plan = read_plan(
        "version: 1\nsources: { a: { canal: CRM, location: '" + location + "' } }\n", "q.yml");
    ASSERT_TRUE(plan) << location;
    EXPECT_EQ(format_name(plan->sources[0].format), format) << location;
  }
}

TEST(LoadPlan, ColumnsOfAProblemCountCharacters) {
  EXPECT_THAT(
      problems_of("version: 1\nsources: { ação: { canal: CRM, location: a.csv, xyz: 1 } }\n"),
      HasSubstr("quarentena.yml:2:49: error: unknown key 'xyz'"));
}

TEST(LoadPlan, AByteOrderMarkAndWindowsLineEndsAreFine) {
  EXPECT_EQ(
      problems_of("\xEF\xBB\xBFversion: 1\r\nsources:\r\n  a: { canal: CRM, location: a.csv }\r\n"),
      "");
  const std::string shown = problems_of("version: 1\r\nzzz: 1\r\nsources: {}\r\n");
  EXPECT_THAT(shown, HasSubstr("    2 | zzz: 1\n"));
}

TEST(LoadPlan, TextThatIsNotUtf8IsRefusedAtItsPlace) {
  EXPECT_THAT(problems_of("version: 1\ntable: a\xE7\xE3o\n"),
              HasSubstr("quarentena.yml:2:9: error: this is not UTF-8 text"));
  EXPECT_THAT(problems_of(std::string("version: 1\n\0", 12)), HasSubstr("not UTF-8"));
}

TEST(LoadPlan, AFileLargerThanAMebibyteIsRefused) {
  EXPECT_THAT(problems_of("version: 1\n" + std::string(1 << 20, '#')),
              HasSubstr("the file is larger than 1 MiB"));
}

TEST(LoadPlan, AliasesThatGrowWithoutEndAreRefused) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 9; ++k) bomb += ", " + before;
    bomb += "]\n";
  }
  EXPECT_THAT(problems_of(bomb), HasSubstr("more than 50000 values"));
}

TEST(LoadPlan, AnchorsInsideAnchorsCountToo) {
  std::string text = "a: ";
  for (int i = 0; i < 60; ++i) text += "&a" + std::to_string(i) + " [";
  for (int i = 0; i < 10'000; ++i) text += "x, ";
  EXPECT_THAT(problems_of(text + std::string(60, ']') + "\n"), HasSubstr("more than 50000 values"));
}

TEST(LoadPlan, DeepNestingIsRefused) {
  EXPECT_THAT(problems_of("a: " + std::string(100'000, '[')),
              HasSubstr("nested more than 64 levels"));
  EXPECT_THAT(problems_of(std::string(100'000, '{')), HasSubstr("nested more than 64 levels"));
}

TEST(LoadPlan, AnAliasInsideItselfIsRefused) {
  EXPECT_THAT(problems_of("a: &a [*a]\n"), HasSubstr("inside the value it stands for"));
}

TEST(LoadPlan, ManyProblemsAreCutShort) {
  std::string text = "version: 1\nsources: { a: { canal: CRM, location: a.csv } }\n";
  for (int i = 0; i < 5'000; ++i) text += "tabel" + std::to_string(i) + ": 1\n";
  EXPECT_THAT(problems_of(text), HasSubstr("\nand 4950 more"));
}

TEST(LoadPlan, AKeyOutOfPlaceIsSentHome) {
  EXPECT_THAT(problems_of("version: 1\nsources: { a: { canal: CRM, location: a.csv, password: x, "
                          "separator: ';' } }\ncanal: CRM\n"),
              testing::AllOf(HasSubstr("'password' belongs under `auth`"),
                             HasSubstr("'separator' belongs under `format: { csv: ... }`"),
                             HasSubstr("'canal' belongs to a source")));
}

TEST(LoadPlan, APeriodThatCannotBeReadIsNotAlsoADifferentOne) {
  EXPECT_THAT(problems_of("version: 1\nsources:\n  a: { canal: X, location: a.csv, dias: 3 }\n"
                          "  b: { canal: X, location: a.csv, dias: three }\n"),
              Not(HasSubstr("different 'dias'")));
}

/// Every expected file at once: a new one is covered too.
TEST(Secrets, NeverAppearInAProblem) {
  int shown = 0;
  for (const fs::path& file : yaml_files("bad")) {
    const std::string text = read(file);
    if (text.find("hunter2") == std::string::npos) continue;
    ++shown;
    EXPECT_THAT(problems_of(text), Not(HasSubstr("hunter2"))) << file;
    EXPECT_THAT(problems_of(text), Not(HasSubstr("2222"))) << file;
  }
  EXPECT_GE(shown, 4);
}

/// However the file is cut short, and so however it fails to parse.
TEST(Secrets, NeverAppearInAProblemOfATruncatedFile) {
  for (const char* name : {"secrets_in_plain_text.yml", "secret_and_syntax_error.yml"}) {
    const std::string text = read(kTestData / "bad" / name);
    for (std::size_t end = 0; end < text.size(); ++end) {
      EXPECT_THAT(problems_of(text.substr(0, end)), Not(HasSubstr("hunter2")))
          << name << ' ' << end;
      EXPECT_THAT(problems_of(text.substr(0, end) + "]: {"), Not(HasSubstr("hunter2")))
          << name << ' ' << end;
    }
  }
}

}  // namespace
}  // namespace quarentena
