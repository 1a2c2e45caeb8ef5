#include "run/fingerprint.h"

#include <functional>
#include <set>

#include "run/runs_for_tests.h"

namespace quarentena {
namespace {

/// A canal of two sources: a csv file and Parquet files in folders that hold values.
struct Canal {
  Source csv = csv_source("csv", "CRM", "/in/a.csv");
  Source parquet = csv_source("parquet", "CRM", "/in/p");
  Delivery file, folder;
  std::string canal = "CRM", timezone = "America/Sao_Paulo";
  Date day = kDay;

  Canal() {
    file.files = {{"/in/a.csv", 10, 1, "aa"}};
    file.digest = "aa";
    parquet.format = ParquetOptions{};
    folder.root = "/in/p";
    folder.files = {{"/in/p/uf=RJ/f", 10, 1, "bb"}, {"/in/p/uf=SP/f", 10, 1, "cc"}};
    folder.digest = "bbcc";
  }
  SourceLoad input(const Source& source, const Delivery& delivery) const {
    return {&source, &delivery, nullptr, as_of.value_or(day), source.period, sent};
  }
  std::optional<Date> as_of;
  SentBetween sent;
  std::int64_t print() const {
    return fingerprint({canal, {input(csv, file), input(parquet, folder)}, day, timezone, {}});
  }
};

using Change = std::function<void(Canal&)>;

std::int64_t after(const Change& change) {
  Canal canal;
  change(canal);
  return canal.print();
}

TEST(Fingerprint, IsAnotherAfterAnyChangeOfAnInputOrARule) {
  const auto options = [](Canal& c) -> CsvOptions& { return std::get<CsvOptions>(c.csv.format); };
  const std::vector<Change> changes = {
      [](Canal&) {},
      [](Canal& c) { c.file.digest = "ab"; },
      [](Canal& c) { c.canal = "Ofertas"; },
      [](Canal& c) { c.day = Date(kDay.days() + 1); },
      [](Canal& c) { c.timezone = "UTC"; },
      [](Canal& c) { c.csv.name = "outra"; },
      [](Canal& c) { c.csv.format = JsonOptions{}; },
      [](Canal& c) { c.csv.format = XlsxOptions{}; },
      [](Canal& c) {
        c.csv.format = XlsxOptions{"Plan2", 0};
      },
      [](Canal& c) {
        c.csv.format = XlsxOptions{"", 2};
      },
      [&](Canal& c) { options(c).separator = ';'; },
      [&](Canal& c) { options(c).quote = '\''; },
      [&](Canal& c) { options(c).header = false; },
      [&](Canal& c) { options(c).encoding = "latin-1"; },
      [&](Canal& c) {
        options(c).names = {"a", "b"};
      },
      [&](Canal& c) { options(c).names = {"ab"}; },
      [](Canal& c) { c.csv.id_cliente.column = "x"; },
      [](Canal& c) { c.csv.email.column = "x"; },
      [](Canal& c) { c.csv.telefone.column = "x"; },
      [](Canal& c) { c.csv.assunto.column = "x"; },
      [](Canal& c) { c.csv.data_envio.column = "x"; },
      [](Canal& c) { c.csv.id_cliente.pad = 11; },
      [](Canal& c) { c.csv.assunto.constant = "x"; },
      [](Canal& c) { c.csv.assunto.constant = ""; },
      [](Canal& c) { c.csv.where = "uf = 'SP'"; },
      [](Canal& c) { c.csv.period.dias = 8; },
      [](Canal& c) { c.csv.period.dias.reset(); },
      [](Canal& c) { c.csv.dates = {"%d/%m/%Y"}; },
      [](Canal& c) {
        c.csv.dates = {"%d/%m/%Y", "%Y%m%d"};
      },
      [](Canal& c) { std::swap(c.folder.files[0].sha256, c.folder.files[1].sha256); },
      [](Canal& c) { c.folder.files[0].path = "/in/p/uf=MG/f"; },
  };
  std::set<std::int64_t> seen;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto print = after(changes[i]);
    EXPECT_TRUE(seen.insert(print).second) << "change " << i;
    EXPECT_GE(print, 0);
  }
}

TEST(Fingerprint, IsTheSameWhateverElseChanges) {
  const std::vector<Change> changes = {
      [](Canal& c) { c.csv.location = "/elsewhere/a.csv"; },
      [](Canal& c) {
        c.csv.auth = {{"password", "${env:X}"}};
      },
      [](Canal& c) { c.csv.take = Take::newest; },
      [](Canal& c) { c.csv.settle_ms = 1; },
      [](Canal& c) {
        c.csv.position = {7, 7};
      },
      [](Canal& c) {
        c.file.files[0] = {"/elsewhere/b.csv", 10, 2, "aa"};
      },
      [](Canal& c) {  // another root, other names, another order
        c.folder.root = "/q";
        c.folder.files = {{"/q/uf=SP/g", 10, 1, "cc"}, {"/q/uf=RJ/g", 10, 1, "bb"}};
      },
  };
  for (std::size_t i = 0; i < changes.size(); ++i)
    EXPECT_EQ(after(changes[i]), Canal().print()) << "change " << i;
}

TEST(Fingerprint, FoldersCountOnlyWhereTheirNamesHoldValuesThatAreRead) {
  const auto in = [](const std::string& name, const Format& format) {
    return after([&](Canal& c) {
      c.parquet.format = format;
      for (auto& file : c.folder.files) file.path = fs::path("/in/p") / name / "f";
    });
  };
  EXPECT_NE(in("uf=RJ", ParquetOptions{}), in("uf=SP", ParquetOptions{}));
  EXPECT_EQ(in("monday", ParquetOptions{}), in("tuesday", ParquetOptions{}));
  EXPECT_EQ(in("uf=RJ", JsonOptions{}), in("uf=SP", JsonOptions{}));
}

}  // namespace
}  // namespace quarentena
