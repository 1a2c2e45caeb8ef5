#include "sources/transport/inbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace quarentena {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class InboxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    context_.inbox = fs::path(::testing::TempDir()) / "inbox_test" / "crm";
    fs::remove_all(context_.inbox);
  }
  Inbox open() const { return std::move(*Inbox::open(context_, "crm")); }
  static RemoteFile remote(const std::string& relative, const std::string& etag = "\"1\"") {
    return {"sftp://host/Export/", relative, etag, {}, 1000};
  }
  static Result<DeliveredFile> bring(Inbox& inbox, const RemoteFile& file,
                                     const std::string& bytes = "id\n1\n") {
    std::ofstream(*inbox.part(file), std::ios::binary) << bytes;
    return inbox.publish(file);
  }
  static std::string text(const fs::path& file) {
    std::ostringstream out;
    out << std::ifstream(file).rdbuf();
    return out.str();
  }
  FetchContext context_;
};

TEST_F(InboxTest, PublishesAPartUnderItsOwnName) {
  auto inbox = open();
  const auto file = bring(inbox, remote("dia=1/a b.csv"));
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_EQ(file->path, inbox.root("sftp://host/Export/") / "dia=1/a b.csv");
  EXPECT_EQ(text(file->path), "id\n1\n");
  EXPECT_EQ(file->size_bytes, 5);
  EXPECT_EQ(file->modified_ms, 1000);
  EXPECT_FALSE(fs::exists(*inbox.part(remote("dia=1/a b.csv"))));
}

TEST_F(InboxTest, KeepsAFileThatDidNotChange) {
  auto inbox = open();
  EXPECT_FALSE(*inbox.kept(remote("a.csv")));
  ASSERT_TRUE(bring(inbox, remote("a.csv")));
  EXPECT_TRUE(*inbox.kept(remote("a.csv")));
  EXPECT_FALSE(*inbox.kept(remote("a.csv", "\"2\"")));
  EXPECT_FALSE(*inbox.kept(remote("b.csv")));
  EXPECT_EQ((*inbox.known(remote("a.csv", "")))->etag, "\"1\"");
  ASSERT_TRUE(inbox.reuse(remote("a.csv")));
}

TEST_F(InboxTest, WithoutAnETagSizeAndTimeMustBeTheSame) {
  auto inbox = open();
  auto file = remote("a.csv", "");
  file.size_bytes = 5;
  ASSERT_TRUE(bring(inbox, file));
  EXPECT_TRUE(*inbox.kept(file));
  file.modified_ms = 2000;
  EXPECT_FALSE(*inbox.kept(file));
  file.modified_ms = 0;
  EXPECT_FALSE(*inbox.kept(file));
}

TEST_F(InboxTest, DoesNotKeepAFileThatIsNotWholeAnyMore) {
  auto inbox = open();
  const auto file = bring(inbox, remote("a.csv"));
  fs::resize_file(file->path, 2);
  EXPECT_FALSE(*inbox.kept(remote("a.csv")));
  EXPECT_FALSE(*inbox.known(remote("a.csv")));
}

TEST_F(InboxTest, RefusesAnEmptyFileAndAnotherSize) {
  auto inbox = open();
  EXPECT_EQ(bring(inbox, remote("a.csv"), "").error().kind, ErrorKind::data);
  auto file = remote("a.csv");
  file.size_bytes = 6;
  const auto short_one = bring(inbox, file);
  ASSERT_FALSE(short_one);
  EXPECT_THAT(short_one.error().what, HasSubstr("5 of the 6 bytes"));
  EXPECT_FALSE(fs::exists(inbox.root(file.origin) / "a.csv"));
}

TEST_F(InboxTest, RefusesNamesThatLeadElsewhere) {
  auto inbox = open();
  for (const std::string name :
       {"../a.csv", "x/../../a.csv", "/etc/passwd", "", "a//b", ".", ".meta/x.json"}) {
    const auto part = inbox.part(remote(name));
    ASSERT_FALSE(part) << name;
    EXPECT_EQ(part.error().kind, ErrorKind::data);
  }
  EXPECT_FALSE(inbox.part(remote(std::string(256, 'a'))));
  EXPECT_TRUE(inbox.part(remote(std::string(255, 'a'))));
}

TEST_F(InboxTest, IsClosedToOtherUsers) {
  open();
  EXPECT_EQ(fs::status(context_.inbox).permissions(), fs::perms::owner_all);
}

TEST_F(InboxTest, DeliversInPathOrderAndRemovesWhatIsOld) {
  auto inbox = open();
  const auto old = bring(inbox, remote("old.csv"));
  const auto b = bring(inbox, remote("b.csv")), a = bring(inbox, remote("a.csv"));
  auto all = inbox.delivery({*b, *a}, {true, "sftp://host/Export/"});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->files[0].path, a->path);
  EXPECT_EQ(all->root, inbox.root("sftp://host/Export/"));
  EXPECT_EQ(all->size_bytes, 10);
  EXPECT_TRUE(fs::exists(old->path));
  ASSERT_TRUE(inbox.delivery({*a, *b}, {}, -1));
  EXPECT_FALSE(fs::exists(old->path));
  EXPECT_TRUE(fs::exists(a->path));
  EXPECT_FALSE(*inbox.known(remote("old.csv")));
}

TEST_F(InboxTest, IsLockedAgainstAnotherProcessUntilItsDeliveryIsRead) {
  std::optional<Delivery> delivery;
  {
    auto inbox = open();
    const auto file = bring(inbox, remote("a.csv"));
    delivery = std::move(*inbox.delivery({*file}, {}));
  }
  const auto another_gets_in = [&] {
    const auto child = ::fork();
    if (child == 0) {
      // A new program, as another run is: this one's lock is not its own.
      const auto command = "flock -n " + (context_.inbox / ".lock").string() + " true";
      ::_exit(std::system(command.c_str()) == 0 ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status == 0;
  };
  EXPECT_FALSE(another_gets_in());
  open();  // the same process does not wait for itself
  EXPECT_FALSE(another_gets_in());
  delivery.reset();
  EXPECT_TRUE(another_gets_in());
}

TEST_F(InboxTest, GivesUpWaitingWhenItIsStopped) {
  open();
  const auto file = (context_.inbox / ".lock").string();
  const auto child = ::fork();
  if (child == 0) {
    ::execlp("flock", "flock", "-F", file.c_str(), "sleep", "30", nullptr);
    ::_exit(1);
  }
  ::usleep(300'000);
  const std::atomic<bool> stop{true};
  context_.stop = &stop;
  const auto inbox = Inbox::open(context_, "crm");
  ::kill(child, SIGTERM);
  ::waitpid(child, nullptr, 0);
  ASSERT_FALSE(inbox);
  EXPECT_EQ(inbox.error().kind, ErrorKind::machine);
}

}  // namespace
}  // namespace quarentena
