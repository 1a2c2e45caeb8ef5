#include "staging/kept_deliveries.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "base/sha256.h"
#include "table/test_tables.h"

namespace quarentena {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Date kDay{19871};  // 2024-05-28

class KeptDeliveriesTest : public ::testing::Test {
 protected:
  KeptDeliveriesTest() {
    source_.name = "crm";
    source_.location = (scratch_.path() / "in").string();
    context_.data_carga = kDay;
    context_.timezone = "America/Sao_Paulo";
    context_.inbox = staging() / "inbox" / "crm";
  }
  fs::path staging() const { return scratch_.path() / "staging"; }
  fs::path kept_folder() const { return staging() / "deliveries" / "crm"; }
  fs::path write(const std::string& name, const std::string& bytes = "id\n1\n") const {
    const auto path = scratch_.path() / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  Delivery fetched() const {
    auto delivery = fetch(source_, context_);
    EXPECT_TRUE(delivery) << delivery.error().what;
    return std::move(*delivery);
  }
  /// As a transport gives them that knows no folder.
  static Delivery of_files(const std::vector<fs::path>& paths) {
    Delivery out;
    for (const auto& path : paths) {
      struct stat about {};
      EXPECT_EQ(::stat(path.c_str(), &about), 0) << path;
      const auto ms = about.st_mtim.tv_sec * 1000 + about.st_mtim.tv_nsec / 1'000'000;
      out.files.push_back({path, about.st_size, ms, *sha256_of_file(path)});
      out.size_bytes += about.st_size;
      out.digest += out.files.back().sha256;
    }
    return out;
  }
  Result<std::string> try_keep(const Delivery& delivery) const {
    return kept_.keep(source_, delivery, {source_.location, kDay, "run-1", context_.inbox});
  }
  std::string keep(const Delivery& delivery) const {
    const auto id = try_keep(delivery);
    EXPECT_TRUE(id) << id.error().what;
    return id.value_or("");
  }
  Error refusal(const Delivery& delivery) const {
    const auto id = try_keep(delivery);
    EXPECT_FALSE(id);
    EXPECT_THAT(entries(), IsEmpty()) << "a failed keep leaves something";
    return id ? Error{} : id.error();
  }
  Delivery opened(const std::string& id) const {
    auto delivery = kept_.open(source_, id, context_);
    EXPECT_TRUE(delivery) << delivery.error().what;
    return delivery ? std::move(*delivery) : Delivery{};
  }
  Error cannot_open(const std::string& id) const {
    const auto delivery = kept_.open(source_, id, context_);
    EXPECT_FALSE(delivery);
    return delivery ? Error{} : delivery.error();
  }
  Manifest manifest(const std::string& id) const { return kept_.manifest("crm", id)->value(); }
  std::vector<std::string> entries() const {
    std::vector<std::string> out;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(kept_folder(), none))
      out.push_back(entry.path().filename());
    return out;
  }
  static std::string text(const fs::path& file) {
    std::ostringstream out;
    out << std::ifstream(file).rdbuf();
    return out.str();
  }
  static void set_age(const fs::path& path, std::chrono::hours age) {
    fs::last_write_time(path, fs::file_time_type::clock::now() - age);
  }
  /// A delivery that came so long ago.
  void set_age_of_kept(const std::string& id, std::chrono::hours age) const {
    const auto file = kept_folder() / id / "manifest.json";
    auto json = text(file);
    const auto at = json.find("\"fetched_ms\": ") + 14;
    const auto then = now_ms() - std::chrono::milliseconds(age).count();
    json.replace(at, json.find(',', at) - at, std::to_string(then));
    std::ofstream(file, std::ios::trunc) << json;
    set_age(file, age);
  }
  /// Runs it in a process of its own, which ends without destructors.
  static pid_t in_child(const std::function<bool()>& work) {
    const auto child = ::fork();
    if (child == 0) ::_exit(work() ? 0 : 1);
    return child;
  }
  static int status_of(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }

  ScratchFolder scratch_;
  Source source_;
  FetchContext context_;
  KeptDeliveries kept_{staging()};
};

using std::chrono::hours;

TEST_F(KeptDeliveriesTest, GivesAFolderBackAsItWasFetched) {
  write("in/canal=B/a.csv", "id\n2\n");
  write("in/canal=A/z é.csv", "id\n11\n");
  const auto came = fetched();
  const auto id = keep(came);
  fs::remove_all(source_.location);
  const auto again = opened(id);
  ASSERT_THAT(again.files, SizeIs(2));
  EXPECT_EQ(again.files[0].path, again.root / "canal=A/z é.csv");
  EXPECT_EQ(again.files[1].path, again.root / "canal=B/a.csv");
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(again.files[i].sha256, came.files[i].sha256);
    EXPECT_EQ(*sha256_of_file(again.files[i].path), came.files[i].sha256);
    EXPECT_EQ(again.files[i].size_bytes, came.files[i].size_bytes);
    EXPECT_EQ(again.files[i].modified_ms, came.files[i].modified_ms);
  }
  EXPECT_EQ(again.digest, came.digest);
  EXPECT_EQ(again.size_bytes, came.size_bytes);
  EXPECT_EQ(KeptDeliveries::id_of(source_, again), id);
}

TEST_F(KeptDeliveriesTest, ASingleFileHasNoRoot) {
  source_.location = write("in/crm.csv").string();
  const auto again = opened(keep(fetched()));
  EXPECT_TRUE(again.root.empty());
  ASSERT_THAT(again.files, SizeIs(1));
  EXPECT_EQ(again.files[0].path.filename(), "crm.csv");
}

TEST_F(KeptDeliveriesTest, TheManifestSaysWhatCameWhenAndForWhichRun) {
  write("in/crm.csv");
  const auto before = now_ms();
  const auto id = keep(fetched());
  const auto said = manifest(id);
  EXPECT_EQ(said.id, id);
  EXPECT_EQ(said.source, "crm");
  EXPECT_EQ(said.origin, source_.location);
  EXPECT_EQ(said.run_id, "run-1");
  EXPECT_EQ(said.data_carga, kDay);
  EXPECT_GE(said.fetched_ms, before);
  EXPECT_TRUE(said.folder);
  EXPECT_EQ(said.delta_version, std::nullopt);
  ASSERT_THAT(said.files, SizeIs(1));
  EXPECT_EQ(said.files[0].name, "crm.csv");
  EXPECT_EQ(said.files[0].size_bytes, 5);
}

TEST_F(KeptDeliveriesTest, IsNobodyElsesBusiness) {
  write("in/sub/crm.csv");
  fs::permissions(scratch_.path() / "in/sub/crm.csv", fs::perms(0644));
  const auto id = keep(fetched());
  const auto mode = [](const fs::path& path) { return fs::status(path).permissions(); };
  EXPECT_EQ(mode(kept_folder()), fs::perms(0700));
  EXPECT_EQ(mode(kept_folder() / id), fs::perms(0700));
  EXPECT_EQ(mode(kept_folder() / id / "manifest.json"), fs::perms(0600));
  EXPECT_EQ(mode(kept_folder() / id / "files/sub/crm.csv"), fs::perms(0600));
}

TEST_F(KeptDeliveriesTest, TheSameContentsUnderAnotherNameAreKeptOnce) {
  source_.location = write("in/monday.csv").string();
  const auto id = keep(fetched());
  source_.location = write("in/tuesday.csv").string();
  EXPECT_EQ(keep(fetched()), id);
  EXPECT_THAT(entries(), ElementsAre(id));
  EXPECT_EQ(manifest(id).files[0].name, "monday.csv");
}

TEST_F(KeptDeliveriesTest, TheSameContentsUnderAnotherPartitionValueAreAnotherDelivery) {
  write("in/canal=A/x.csv");
  const auto id = keep(fetched());
  fs::rename(scratch_.path() / "in/canal=A", scratch_.path() / "in/canal=B");
  const auto other = keep(fetched());
  EXPECT_NE(other, id);
  fs::rename(scratch_.path() / "in/canal=B/x.csv", scratch_.path() / "in/canal=B/y.csv");
  EXPECT_EQ(keep(fetched()), other);
}

TEST_F(KeptDeliveriesTest, LinksAFileOfTheInboxAndCopiesAnyOther) {
  const auto inbox = write("staging/inbox/crm/0123456789ab/x.csv", "id\n7\n");
  const auto local = write("in/x.csv");
  const auto linked = opened(keep(of_files({inbox})));
  EXPECT_TRUE(fs::equivalent(linked.files.at(0).path, inbox));
  const auto copied = opened(keep(of_files({local})));
  EXPECT_FALSE(fs::equivalent(copied.files.at(0).path, local));
  std::ofstream(local, std::ios::trunc) << "id\n9\n";
  EXPECT_EQ(text(copied.files.at(0).path), "id\n1\n");
}

TEST_F(KeptDeliveriesTest, FilesOfOneNameInDifferentFoldersStayApart) {
  const auto came = of_files({write("in/a/x.csv", "id\n1\n"), write("in/b/x.csv", "id\n2\n")});
  const auto again = opened(keep(came));
  ASSERT_THAT(again.files, SizeIs(2));
  EXPECT_EQ(text(again.files[0].path), "id\n1\n");
  EXPECT_EQ(text(again.files[1].path), "id\n2\n");
}

TEST_F(KeptDeliveriesTest, KeepsANameThatIsNotUtf8) {
  source_.location = write("in/promo\xe7\xe3o.csv").string();
  const auto again = opened(keep(fetched()));
  ASSERT_THAT(again.files, SizeIs(1));
  EXPECT_EQ(again.files[0].path.filename().string(), "promo\xe7\xe3o.csv");
}

TEST_F(KeptDeliveriesTest, RefusesANameThatLeadsOutOfItsFolder) {
  auto came = of_files({write("elsewhere/x.csv")});
  came.root = scratch_.path() / "in";
  const auto error = refusal(came);
  EXPECT_EQ(error.kind, ErrorKind::data);
  EXPECT_THAT(error.what, HasSubstr("leads out of its folder"));
}

TEST_F(KeptDeliveriesTest, RefusesAFileThatGrewSinceItWasFetched) {
  const auto file = write("in/crm.csv");
  const auto came = fetched();
  std::ofstream(file, std::ios::app) << "2\n";
  const auto error = refusal(came);
  EXPECT_EQ(error.kind, ErrorKind::data);
  EXPECT_THAT(error.what, HasSubstr("crm.csv changed while it was read"));
  EXPECT_THAT(error.what, HasSubstr("source 'crm'"));
}

TEST_F(KeptDeliveriesTest, RefusesAFileOfTheSameSizeThatIsNewer) {
  const auto file = write("in/crm.csv", "id\n1\n");
  set_age(file, hours(1));
  const auto came = fetched();
  write("in/crm.csv", "id\n2\n");
  EXPECT_EQ(refusal(came).kind, ErrorKind::data);
}

TEST_F(KeptDeliveriesTest, RefusesAFileThatWasReplacedUnderItsOldSizeAndTime) {
  const auto file = write("in/crm.csv", "id\n1\n");
  const auto came = fetched();
  const auto time = fs::last_write_time(file);
  write("in/crm.csv", "id\n2\n");
  fs::last_write_time(file, time);
  EXPECT_EQ(refusal(came).kind, ErrorKind::data);
}

TEST_F(KeptDeliveriesTest, RefusesAFileThatIsGone) {
  const auto inbox = write("staging/inbox/crm/0123456789ab/x.csv");
  const auto local = write("in/x.csv");
  for (const auto& file : {inbox, local}) {
    const auto came = of_files({file});
    fs::remove(file);
    EXPECT_EQ(refusal(came).kind, ErrorKind::data);
  }
}

TEST_F(KeptDeliveriesTest, RefusesACutFileOfTheInbox) {
  const auto inbox = write("staging/inbox/crm/0123456789ab/x.csv");
  const auto came = of_files({inbox});
  fs::resize_file(inbox, 2);
  EXPECT_EQ(refusal(came).kind, ErrorKind::data);
}

TEST_F(KeptDeliveriesTest, WhatIsNotKeptIsMissing) {
  const std::string id = "0123456789abcdef";
  EXPECT_EQ(*kept_.manifest("crm", id), std::nullopt);
  EXPECT_EQ(*kept_.manifest("crm", "../../../etc"), std::nullopt);
  EXPECT_EQ(*kept_.manifest("../crm", id), std::nullopt);
  EXPECT_THAT(kept_.manifests("crm"), IsEmpty());
  EXPECT_EQ(cannot_open(id).kind, ErrorKind::missing);
  EXPECT_THAT(cannot_open(id).what, HasSubstr(id));
  EXPECT_EQ(cannot_open("..").kind, ErrorKind::missing);
}

TEST_F(KeptDeliveriesTest, ACutFileIsNotOpenedAndIsMendedByTheSameDelivery) {
  write("in/crm.csv");
  const auto id = keep(fetched());
  fs::resize_file(kept_folder() / id / "files/crm.csv", 3);
  const auto error = cannot_open(id);
  EXPECT_EQ(error.kind, ErrorKind::data);
  EXPECT_THAT(error.what, HasSubstr("crm.csv has 3 bytes, and had 5"));
  EXPECT_EQ(keep(fetched()), id);
  EXPECT_EQ(text(opened(id).files.at(0).path), "id\n1\n");
  EXPECT_THAT(entries(), ElementsAre(id));
}

TEST_F(KeptDeliveriesTest, AManifestThatWasCutOrNamesOtherPlacesIsNotBelieved) {
  write("in/crm.csv");
  const auto id = keep(fetched());
  const auto file = kept_folder() / id / "manifest.json";
  auto json = text(file);
  json.replace(json.find("\"crm.csv\""), 9, "\"../../x\"");
  for (const auto& bad : {json, json.substr(0, 40), std::string()}) {
    std::ofstream(file, std::ios::trunc) << bad;
    const auto read = kept_.manifest("crm", id);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().kind, ErrorKind::data);
    EXPECT_EQ(cannot_open(id).kind, ErrorKind::data);
    EXPECT_THAT(kept_.manifests("crm"), IsEmpty());
  }
  EXPECT_EQ(keep(fetched()), id) << "the same delivery mends it";
  EXPECT_EQ(opened(id).files.size(), 1U);
}

TEST_F(KeptDeliveriesTest, ListsTheOldestFirst) {
  source_.location = write("in/a.csv", "id\n1\n").string();
  const auto first = keep(fetched());
  source_.location = write("in/b.csv", "id\n2\n").string();
  const auto second = keep(fetched());
  set_age_of_kept(second, hours(5));
  write("staging/deliveries/crm/0123456789abcdef/files/x.csv");
  std::vector<std::string> ids;
  for (const auto& one : kept_.manifests("crm")) ids.push_back(one.id);
  EXPECT_THAT(ids, ElementsAre(second, first));
}

TEST_F(KeptDeliveriesTest, ProcessesThatKeepTheSameAtOnceAllSucceed) {
  for (int i = 0; i < 20; ++i) write(fmt::format("in/{}.csv", i), fmt::format("id\n{}\n", i));
  const auto came = fetched();
  const auto id = KeptDeliveries::id_of(source_, came);
  int gate[2];
  ASSERT_EQ(::pipe(gate), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i)
    children.push_back(in_child([&] {
      ::close(gate[1]);
      char wait = 0;
      (void)!::read(gate[0], &wait, 1);
      return try_keep(came) == id && kept_.open(source_, id, context_);
    }));
  ::close(gate[0]);
  ::close(gate[1]);
  for (const auto child : children) EXPECT_EQ(status_of(child), 0);
  EXPECT_THAT(entries(), ElementsAre(id));
  EXPECT_EQ(opened(id).files.size(), 20U);
}

TEST_F(KeptDeliveriesTest, AKilledProcessLeavesAllOrNothing) {
  for (int i = 0; i < 30; ++i)
    write(fmt::format("in/{}.csv", i), std::string(100'000, static_cast<char>('a' + i % 26)));
  const auto came = fetched();
  const auto id = KeptDeliveries::id_of(source_, came);
  int killed_midway = 0;
  for (int moment = 0; moment < 24; ++moment) {
    const auto child = in_child([&] { return try_keep(came).has_value(); });
    std::this_thread::sleep_for(std::chrono::microseconds(200 + moment * 400));
    ::kill(child, SIGKILL);
    status_of(child);
    const auto found = kept_.manifests("crm");
    if (found.empty()) {
      killed_midway += entries().empty() ? 0 : 1;
      EXPECT_EQ(cannot_open(id).kind, ErrorKind::missing);
    } else {
      EXPECT_EQ(opened(id).files.size(), 30U);
      fs::remove_all(kept_folder() / id);
    }
  }
  EXPECT_GT(killed_midway, 0) << "no kill struck while it worked";
  EXPECT_EQ(keep(came), id);
  for (const auto& entry : entries())
    if (entry != id) set_age(kept_folder() / entry, hours(1));
  kept_.prune("crm", {id}, 400);
  EXPECT_THAT(entries(), ElementsAre(id));
}

TEST_F(KeptDeliveriesTest, AFullDiskLeavesNothing) {
  source_.location = write("in/crm.csv", std::string(300'000, 'x')).string();
  const auto came = fetched();
  const auto child = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{100'000, 100'000};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto id = try_keep(came);
    return !id && id.error().kind == ErrorKind::machine && entries().empty();
  });
  EXPECT_EQ(status_of(child), 0);
  EXPECT_EQ(keep(came), KeptDeliveries::id_of(source_, came));
}

TEST_F(KeptDeliveriesTest, PrunesWhatIsOldAndNotInUse) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    source_.location = write("in/x.csv", fmt::format("id\n{}\n", i)).string();
    ids.push_back(keep(fetched()));
  }
  set_age_of_kept(ids[0], hours(24 * 11));
  set_age_of_kept(ids[1], hours(24 * 11));
  set_age_of_kept(ids[2], hours(24 * 9));
  kept_.prune("crm", {ids[1]}, 10);
  EXPECT_EQ(*kept_.manifest("crm", ids[0]), std::nullopt);
  EXPECT_NE(*kept_.manifest("crm", ids[1]), std::nullopt);
  EXPECT_NE(*kept_.manifest("crm", ids[2]), std::nullopt);
  EXPECT_THAT(entries(), SizeIs(2));
}

TEST_F(KeptDeliveriesTest, PruneSparesWhatIsBeingRead) {
  write("in/crm.csv");
  const auto id = keep(fetched());
  set_age_of_kept(id, hours(24 * 11));
  auto reading = std::make_optional(opened(id));
  kept_.prune("crm", {}, 10);
  EXPECT_EQ(text(reading->files.at(0).path), "id\n1\n");
  const auto child = in_child([&] {
    kept_.prune("crm", {}, 10);
    return fs::exists(reading->files.at(0).path);
  });
  EXPECT_EQ(status_of(child), 0) << "another process removed it";
  reading.reset();
  kept_.prune("crm", {}, 10);
  EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(KeptDeliveriesTest, PruneSparesWhatCameAgainLately) {
  write("in/crm.csv");
  const auto id = keep(fetched());
  set_age_of_kept(id, hours(24 * 11));
  EXPECT_EQ(keep(fetched()), id);
  kept_.prune("crm", {}, 10);
  EXPECT_EQ(opened(id).files.size(), 1U);
}

TEST_F(KeptDeliveriesTest, PruneRemovesTheFolderOfADamagedDeliveryWhenItIsOld) {
  const auto broken = write("staging/deliveries/crm/0123456789abcdef/manifest.json", "{");
  kept_.prune("crm", {}, 10);
  EXPECT_TRUE(fs::exists(broken));
  set_age(broken, hours(24 * 11));
  kept_.prune("crm", {}, 10);
  EXPECT_THAT(entries(), IsEmpty());
}

/// Fraude comes as a Delta table: its versions are kept where they are.
class KeptDeltaTest : public KeptDeliveriesTest {
 protected:
  KeptDeltaTest() { source_.format = DeltaOptions{}; }
  void commit(const std::string& file, Date day = kDay) {
    ReplaceDay change;
    change.data_carga = day;
    change.fingerprints["Fraude"] = ++commits_;
    if (!file.empty()) {
      NewFile added;
      added.path = file;
      added.partition = {{"data_carga", day.iso()}, {"canal", "Fraude"}};
      const auto target = fs::path(source_.location) / file;
      fs::create_directories(target.parent_path());
      fs::copy_file(kKinds / "two_clients.parquet", target);
      added.size_bytes = static_cast<std::int64_t>(fs::file_size(target));
      added.stats_json = R"({"numRecords":2})";
      change.files.push_back(added);
    }
    const auto outcome = replace_day(source_.location, change);
    ASSERT_TRUE(outcome) << outcome.error().what;
  }
  std::vector<std::string> names(const Delivery& delivery) const {
    std::vector<std::string> out;
    for (const auto& file : delivery.delta->files) out.push_back(fs::path(file.path).filename());
    return out;
  }
  std::int64_t commits_ = 0;
};

TEST_F(KeptDeltaTest, IsReadAgainAtTheVersionThatCame) {
  commit("monday.parquet");
  const auto came = fetched();
  const auto id = keep(came);
  commit("tuesday.parquet");
  EXPECT_THAT(names(fetched()), ElementsAre("tuesday.parquet"));
  EXPECT_EQ(manifest(id).delta_version, 0);
  EXPECT_THAT(manifest(id).files, IsEmpty());
  const auto again = opened(id);
  EXPECT_THAT(names(again), ElementsAre("monday.parquet"));
  EXPECT_EQ(again.digest, came.digest);
  EXPECT_NE(keep(fetched()), id);
}

TEST_F(KeptDeltaTest, AnotherDayOfTheLoadDoesNotLeadToAnotherTable) {
  source_.location = (scratch_.path() / "in/2024-05-28").string();
  commit("monday.parquet");
  const auto id = keep(fetched());
  source_.location = (scratch_.path() / "in").string() + "/{data_carga:%Y-%m-%d}";
  context_.data_carga = Date(kDay.days() + 1);
  EXPECT_THAT(names(opened(id)), ElementsAre("monday.parquet"));
}

TEST_F(KeptDeltaTest, ANewerVersionOfTheSameFilesIsRemembered) {
  commit("monday.parquet");
  const auto id = keep(fetched());
  commit("", Date(kDay.days() + 1));
  ASSERT_EQ(fetched().delta->version, 1);
  EXPECT_EQ(keep(fetched()), id);
  EXPECT_EQ(manifest(id).delta_version, 1);
  EXPECT_THAT(names(opened(id)), ElementsAre("monday.parquet"));
  EXPECT_THAT(entries(), ElementsAre(id));
}

TEST_F(KeptDeltaTest, IsMissingWhenItsFilesWereVacuumed) {
  commit("monday.parquet");
  const auto id = keep(fetched());
  commit("tuesday.parquet");
  fs::remove(fs::path(source_.location) / "monday.parquet");
  const auto error = cannot_open(id);
  EXPECT_EQ(error.kind, ErrorKind::missing);
  EXPECT_THAT(error.what, HasSubstr("monday.parquet of version 0"));
}

TEST_F(KeptDeltaTest, IsMissingWhenTheTableWasMadeAgain) {
  commit("monday.parquet");
  const auto id = keep(fetched());
  fs::remove_all(source_.location);
  commit("monday.parquet");
  EXPECT_EQ(cannot_open(id).kind, ErrorKind::missing);
  fs::remove_all(source_.location);
  EXPECT_EQ(cannot_open(id).kind, ErrorKind::missing);
}

TEST_F(KeptDeltaTest, ItsFilesAreKeptWhenTheyAreAllThereIsToIt) {
  fs::copy(kKinds / "schema_change/table", source_.location, fs::copy_options::recursive);
  const auto came = fetched();
  ASSERT_TRUE(came.delta->plain_parquet && came.delta->partition_columns.empty());
  const auto id = keep(came);
  EXPECT_EQ(manifest(id).files.size(), came.delta->files.size());
  fs::remove_all(source_.location);
  const auto again = opened(id);
  ASSERT_TRUE(again.delta);
  EXPECT_EQ(again.digest, came.digest);
  EXPECT_EQ(again.delta->version, came.delta->version);
  EXPECT_TRUE(again.delta->plain_parquet);
  ASSERT_EQ(again.delta->columns.size(), came.delta->columns.size());
  for (std::size_t i = 0; i < came.delta->columns.size(); ++i) {
    EXPECT_EQ(again.delta->columns[i].name, came.delta->columns[i].name);
    EXPECT_EQ(again.delta->columns[i].type, came.delta->columns[i].type);
  }
  for (std::size_t i = 0; i < came.delta->files.size(); ++i)
    EXPECT_EQ(fs::file_size(again.files[i].path),
              static_cast<std::uintmax_t>(came.delta->files[i].size_bytes));
}

TEST_F(KeptDeltaTest, OfATableThatFilesDoNotTellTheCopyOfItsRowsIsKept) {
  fs::copy(kKinds / "deletion_vectors/table", source_.location, fs::copy_options::recursive);
  auto came = fetched();
  ASSERT_TRUE(came.only_table_has_rows());
  const auto before = KeptDeliveries::id_of(source_, came);
  came.files = of_files({write("work/rows.parquet", "the rows")}).files;
  came.delta->columns = {{"id", "string"}};
  const auto id = keep(came);
  EXPECT_EQ(id, before);
  fs::remove_all(source_.location);
  fs::remove_all(scratch_.path() / "work");
  const auto again = opened(id);
  ASSERT_THAT(again.files, SizeIs(1));
  EXPECT_EQ(text(again.files[0].path), "the rows");
  EXPECT_EQ(again.digest, came.digest);
  ASSERT_TRUE(again.delta);
  EXPECT_EQ(again.delta->version, came.delta->version);
  EXPECT_THAT(again.delta->columns, SizeIs(1));
}

TEST_F(KeptDeltaTest, ACopyOfOtherColumnsIsAnotherDelivery) {
  fs::copy(kKinds / "deletion_vectors/table", source_.location, fs::copy_options::recursive);
  const auto id = KeptDeliveries::id_of(source_, fetched());
  source_.where = "uf = 'SP'";
  EXPECT_NE(KeptDeliveries::id_of(source_, fetched()), id);
  source_.where.clear();
  source_.email.column = "contato";
  EXPECT_NE(KeptDeliveries::id_of(source_, fetched()), id);
}

TEST_F(KeptDeltaTest, OfADamagedTableTheVersionIsKept) {
  fs::copy(kKinds / "schema_change/table", source_.location, fs::copy_options::recursive);
  const auto came = fetched();
  const auto& cut = came.delta->files.front();
  fs::resize_file(cut.path, static_cast<std::uintmax_t>(cut.size_bytes) / 2);
  const auto id = keep(came);
  EXPECT_THAT(manifest(id).files, IsEmpty());
  EXPECT_EQ(manifest(id).delta_version, came.delta->version);
}

}  // namespace
}  // namespace quarentena
