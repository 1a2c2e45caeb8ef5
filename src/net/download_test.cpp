#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <fstream>
#include <sstream>

#include "base/sha256.h"
#include "net/http.h"
#include "net/scripted_server.h"

namespace quarentena {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::answer;
using testing::Asked;
using ::testing::HasSubstr;
using testing::Reply;
using testing::ScriptedServer;

constexpr std::size_t kPiece = 64 * 1024;
constexpr const char* kVersion = "ETag: \"one\"\r\n";

/// Bytes in which no two places look alike.
std::string content(std::size_t size, unsigned seed = 1) {
  std::string out(size, '\0');
  for (auto& byte : out) {
    seed = seed * 1664525 + 1013904223;
    byte = static_cast<char>(seed >> 24);
  }
  return out;
}

std::size_t range_start(const Asked& asked) {
  const auto range = asked.header("range");
  return range.empty() ? 0 : std::stoul(range.substr(6));
}

/// The head of an honest answer to a request for all or the rest of `body`.
std::string honest_head(const Asked& asked, const std::string& body, const std::string& more) {
  const auto from = range_start(asked);
  if (from == 0)
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more +
           "\r\n";
  return "HTTP/1.1 206 Partial\r\nContent-Length: " + std::to_string(body.size() - from) +
         "\r\nContent-Range: bytes " + std::to_string(from) + "-" +
         std::to_string(body.size() - 1) + "/" + std::to_string(body.size()) + "\r\n" + more +
         "\r\n";
}

std::string digest_of(const std::string& bytes) {
  Sha256 digest;
  digest.add(bytes);
  return digest.hex();
}

class DownloadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  HttpDownload from(const ScriptedServer& server) const {
    HttpDownload out;
    out.request.url = server.url("/file.csv?sig=marked");
    out.request.timeouts.stall = milliseconds(300);
    out.part = folder_ / "file.part";
    out.retry.attempts = 3;
    out.retry.base = milliseconds(2);
    out.retry.cap = milliseconds(4);
    return out;
  }
  std::string part() const {
    std::ostringstream out;
    out << std::ifstream(folder_ / "file.part", std::ios::binary).rdbuf();
    return out.str();
  }
  void leave_part(const std::string& bytes, const std::string& json) const {
    std::ofstream(folder_ / "file.part", std::ios::binary) << bytes;
    std::ofstream(folder_ / "file.part.json") << json;
  }
  const fs::path folder_ = fs::path(::testing::TempDir()) / "download_test";
};

TEST_F(DownloadTest, BringsAFileWhole) {
  const auto body = content(1'000'000);
  const ScriptedServer server(
      [&](const Asked& asked) { return Reply{honest_head(asked, body, kVersion) + body}; });
  const auto got = download(from(server));
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_EQ(got->size_bytes, 1'000'000);
  EXPECT_EQ(got->etag, "\"one\"");
  EXPECT_TRUE(part() == body);
  EXPECT_EQ(got->digests.sha256, digest_of(body));
  EXPECT_FALSE(fs::exists(folder_ / "file.part.json"));
}

TEST_F(DownloadTest, ResumesAfterEachCutAndTakesNothingTwice) {
  const auto body = content(16 * kPiece + 123);
  std::size_t sent = 0;
  const ScriptedServer server([&](const Asked& asked) {
    const auto start = range_start(asked);
    const auto piece = body.substr(start, kPiece);
    sent += piece.size();
    return Reply{honest_head(asked, body, kVersion) + piece, Reply::Then::close};
  });
  const auto got = download(from(server));
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_TRUE(part() == body);
  EXPECT_EQ(got->digests.sha256, digest_of(body));
  EXPECT_EQ(sent, body.size());
  EXPECT_EQ(server.asked().at(1).header("if-range"), "\"one\"");
}

TEST_F(DownloadTest, NeverTakesAFileCutAtAnyBoundaryForWhole) {
  const auto body = content(8 * kPiece);
  for (std::size_t cut = 0; cut < body.size(); cut += kPiece) {
    SetUp();
    const ScriptedServer server([&](const Asked& asked) {
      const auto start = std::min(range_start(asked), cut);
      return Reply{honest_head(asked, body, kVersion) + body.substr(start, cut - start),
                   Reply::Then::reset};
    });
    const auto got = download(from(server));
    ASSERT_FALSE(got) << "cut at " << cut;
    EXPECT_EQ(got.error().kind, ErrorKind::transient) << got.error().what;
  }
}

TEST_F(DownloadTest, NeverTakesAChunkedFileCutAtAnyBoundaryForWhole) {
  for (std::size_t cut = kPiece; cut <= 4 * kPiece; cut += kPiece) {
    SetUp();
    const ScriptedServer server([&](const Asked&) {
      std::ostringstream out;
      out << "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
          << std::hex << cut << "\r\n"
          << content(cut) << "\r\n";
      return Reply{out.str(), Reply::Then::close};
    });
    const auto got = download(from(server));
    ASSERT_FALSE(got) << "cut at " << cut;
    EXPECT_EQ(got.error().kind, ErrorKind::transient) << got.error().what;
  }
}

TEST_F(DownloadTest, TakesAChunkedFileThatEnds) {
  const ScriptedServer server([&](const Asked&) {
    return Reply{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"};
  });
  ASSERT_TRUE(download(from(server)));
  EXPECT_EQ(part(), "abc");
}

TEST_F(DownloadTest, RefusesABodyWhoseEndCannotBeTold) {
  const ScriptedServer server([&](const Asked&) {
    return Reply{"HTTP/1.1 200 OK\r\n\r\n" + content(1000), Reply::Then::close};
  });
  const auto got = download(from(server));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::data);
  EXPECT_THAT(got.error().what, HasSubstr("does not tell how long"));
}

TEST_F(DownloadTest, TakesSuchABodyWhenItsSizeIsKnownOtherwise) {
  const ScriptedServer server([&](const Asked&) {
    return Reply{"HTTP/1.1 200 OK\r\n\r\n" + content(1000), Reply::Then::close};
  });
  auto what = from(server);
  what.expected_size = 1000;
  EXPECT_TRUE(download(what));
  what.expected_size = 1001;
  SetUp();
  EXPECT_EQ(download(what).error().kind, ErrorKind::data);
}

TEST_F(DownloadTest, BeginsAgainWhenTheFileChangedMeanwhile) {
  const auto before = content(4 * kPiece, 1), now = content(4 * kPiece, 2);
  const ScriptedServer server([&](const Asked& asked) {
    if (asked.header("if-range").empty())
      return Reply{honest_head(asked, before, kVersion) + before.substr(0, kPiece),
                   Reply::Then::close};
    EXPECT_EQ(asked.header("if-range"), "\"one\"");
    return Reply{answer("200 OK", now, "ETag: \"two\"\r\n")};
  });
  const auto got = download(from(server));
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_EQ(got->etag, "\"two\"");
  EXPECT_TRUE(part() == now);
  EXPECT_EQ(got->digests.sha256, digest_of(now));
}

TEST_F(DownloadTest, DoesNotBelieveA206OfAnotherVersion) {
  const auto before = content(4 * kPiece, 1), now = content(4 * kPiece, 2);
  int cuts = 1;
  const ScriptedServer server([&](const Asked& asked) {
    if (cuts-- > 0)
      return Reply{honest_head(asked, before, kVersion) + before.substr(0, kPiece),
                   Reply::Then::close};
    return Reply{honest_head(asked, now, "ETag: \"two\"\r\n") + now.substr(range_start(asked))};
  });
  ASSERT_TRUE(download(from(server)));
  EXPECT_TRUE(part() == now);
}

TEST_F(DownloadTest, DoesNotBelieveA206OfAnotherRange) {
  const auto body = content(4 * kPiece);
  const ScriptedServer server([&](const Asked& asked) {
    if (range_start(asked) == 0)
      return Reply{honest_head(asked, body, kVersion) + body.substr(0, kPiece), Reply::Then::close};
    return Reply{
        "HTTP/1.1 206 Partial\r\nContent-Length: 5\r\nContent-Range: bytes 0-4/262144\r\n" +
        std::string(kVersion) + "\r\nabcde"};
  });
  const auto got = download(from(server));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::transient);
}

TEST_F(DownloadTest, TakesA200ForARangeAsTheWholeFile) {
  const auto body = content(4 * kPiece);
  int cuts = 1;
  const ScriptedServer server([&](const Asked&) {
    const auto whole = answer("200 OK", body, kVersion);
    if (cuts-- > 0) return Reply{whole.substr(0, 2 * kPiece), Reply::Then::close};
    return Reply{whole};
  });
  const auto got = download(from(server));
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_TRUE(part() == body);
  EXPECT_EQ(got->digests.sha256, digest_of(body));
}

TEST_F(DownloadTest, DoesNotResumeWhatHasOnlyAWeakETag) {
  const auto body = content(4 * kPiece);
  int cuts = 1;
  const ScriptedServer server([&](const Asked& asked) {
    EXPECT_EQ(asked.header("range"), "");
    const auto whole = answer("200 OK", body, "ETag: W/\"one\"\r\n");
    if (cuts-- > 0) return Reply{whole.substr(0, 2 * kPiece), Reply::Then::close};
    return Reply{whole};
  });
  ASSERT_TRUE(download(from(server)));
  EXPECT_TRUE(part() == body);
}

TEST_F(DownloadTest, ResumesByDateOnlyWhenTheDateIsOldEnough) {
  const auto body = content(4 * kPiece);
  for (const bool old : {true, false}) {
    SetUp();
    int cuts = 1;
    const std::string dates =
        std::string("Last-Modified: Tue, 28 May 2024 12:00:00 GMT\r\nDate: ") +
        (old ? "Tue, 28 May 2024 12:05:00" : "Tue, 28 May 2024 12:00:01") + " GMT\r\n";
    const ScriptedServer server([&](const Asked& asked) {
      if (cuts-- > 0)
        return Reply{honest_head(asked, body, dates) + body.substr(0, kPiece), Reply::Then::close};
      EXPECT_EQ(asked.header("if-range"), old ? "Tue, 28 May 2024 12:00:00 GMT" : "");
      return Reply{honest_head(asked, body, dates) + body.substr(range_start(asked))};
    });
    ASSERT_TRUE(download(from(server)));
    EXPECT_TRUE(part() == body);
  }
}

TEST_F(DownloadTest, ResumesWhatAnEarlierProcessBegan) {
  const auto body = content(4 * kPiece);
  leave_part(body.substr(0, kPiece), R"({"etag":"\"one\"","last_modified":"","total":262144})");
  const ScriptedServer server([&](const Asked& asked) {
    return Reply{honest_head(asked, body, kVersion) + body.substr(range_start(asked))};
  });
  const auto got = download(from(server));
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_TRUE(part() == body);
  EXPECT_EQ(got->digests.sha256, digest_of(body));
  EXPECT_EQ(server.asked().at(0).header("range"), "bytes=65536-");
}

TEST_F(DownloadTest, DoesNotGoOnWithAPartOfUnknownOrigin) {
  const auto body = content(4 * kPiece);
  leave_part("who knows", "{ this is no json");
  const ScriptedServer server([&](const Asked& asked) {
    return Reply{honest_head(asked, body, kVersion) + body.substr(range_start(asked))};
  });
  ASSERT_TRUE(download(from(server)));
  EXPECT_TRUE(part() == body);
}

TEST_F(DownloadTest, BeginsAgainWhenTheFileIsShorterNow) {
  leave_part(content(kPiece), R"({"etag":"\"one\"","last_modified":""})");
  const ScriptedServer server([&](const Asked& asked) {
    return Reply{asked.header("range").empty() ? answer("200 OK", "short", kVersion)
                                               : answer("416 Range", "")};
  });
  ASSERT_TRUE(download(from(server)));
  EXPECT_EQ(part(), "short");
}

TEST_F(DownloadTest, IsToldThatNothingChanged) {
  const ScriptedServer server([&](const Asked& asked) {
    EXPECT_EQ(asked.header("if-none-match"), "\"one\"");
    return Reply{"HTTP/1.1 304 Not Modified\r\nETag: \"one\"\r\n\r\n"};
  });
  auto what = from(server);
  what.known_etag = "\"one\"";
  const auto got = download(what);
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_TRUE(got->unchanged);
  EXPECT_FALSE(fs::exists(what.part));
}

TEST_F(DownloadTest, RefusesAnotherSizeThanWasAnnounced) {
  const ScriptedServer server([&](const Asked&) { return Reply{answer("200 OK", "abc")}; });
  auto what = from(server);
  what.expected_size = 4;
  const auto got = download(what);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::data);
  EXPECT_THAT(got.error().what, HasSubstr("has 3 bytes, but 4 were announced"));
  EXPECT_EQ(server.asked().size(), 1U);
}

TEST_F(DownloadTest, RefusesAnEmptyFile) {
  const ScriptedServer server([&](const Asked&) { return Reply{answer("200 OK", "")}; });
  const auto got = download(from(server));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::data);
}

TEST_F(DownloadTest, ChecksTheDigestThatTheServerPromises) {
  // SHA-256 and MD5 of "abc".
  const std::string sha = "Repr-Digest: sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:\r\n";
  const std::string md5 = "Content-MD5: kAFQmDzST7DWlj99KOF/cg==\r\n";
  for (const auto& promise : {sha, md5}) {
    for (const std::string body : {"abc", "abd"}) {
      SetUp();
      const ScriptedServer server(
          [&](const Asked&) { return Reply{answer("200 OK", body, promise)}; });
      const auto got = download(from(server));
      EXPECT_EQ(got.has_value(), body == "abc") << promise;
      EXPECT_TRUE(got || got.error().kind == ErrorKind::data);
    }
  }
}

TEST_F(DownloadTest, GoesOnAfterAStall) {
  const auto body = content(4 * kPiece);
  int stalls = 1;
  const ScriptedServer server([&](const Asked& asked) {
    const auto head = honest_head(asked, body, kVersion);
    if (stalls-- > 0) return Reply{head + body.substr(0, kPiece), Reply::Then::hang};
    return Reply{head + body.substr(range_start(asked))};
  });
  ASSERT_TRUE(download(from(server)));
  EXPECT_TRUE(part() == body);
}

TEST_F(DownloadTest, StopsWhenItIsToldAndKeepsWhatItHas) {
  std::atomic<bool> stop{false};
  const auto body = content(4 * kPiece);
  const ScriptedServer server([&](const Asked& asked) {
    return Reply{honest_head(asked, body, kVersion) + body.substr(0, kPiece), Reply::Then::hang};
  });
  auto what = from(server);
  what.request.timeouts.stall = std::chrono::seconds(30);
  what.request.stop = &stop;
  what.progress = [&](std::int64_t bytes, std::optional<std::int64_t>) { stop = bytes > 0; };
  const auto got = download(what);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::machine);
  EXPECT_TRUE(fs::exists(folder_ / "file.part.json"));
}

TEST_F(DownloadTest, TriesAWrongPasswordOnce) {
  const ScriptedServer server([&](const Asked&) { return Reply{answer("401 No", "")}; });
  const auto got = download(from(server));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::auth);
  EXPECT_EQ(server.asked().size(), 1U);
}

TEST_F(DownloadTest, RenewsAnAddressThatRanOutOnceInARow) {
  const auto body = content(3 * kPiece);
  int renewed = 0;
  const ScriptedServer server([&](const Asked& asked) {
    // Each address is good for one piece.
    const auto pieces = range_start(asked) / kPiece;
    if (asked.target != "/file.csv?sig=" + std::to_string(pieces))
      return Reply{answer("403 Expired", "")};
    return Reply{honest_head(asked, body, kVersion) + body.substr(range_start(asked), kPiece),
                 Reply::Then::close};
  });
  auto what = from(server);
  what.renew = [&]() -> Result<HttpRequest> {
    HttpRequest fresh;
    fresh.url = server.url("/file.csv?sig=" + std::to_string(renewed++));
    return fresh;
  };
  const auto got = download(what);
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_EQ(renewed, 3);
  EXPECT_TRUE(part() == body);

  SetUp();
  renewed = 7;  // and never right again
  EXPECT_EQ(download(what).error().kind, ErrorKind::auth);
  EXPECT_EQ(renewed, 8);
}

TEST_F(DownloadTest, AsksItsCallerBeforeItKeepsAByte) {
  const ScriptedServer server([&](const Asked&) {
    return Reply{answer("200 OK", "<html>", "Content-Type: text/html\r\n")};
  });
  auto what = from(server);
  what.accept = [](const HttpResponse& head) -> Status {
    return fail(ErrorKind::data, "a page of " + head.header("content-type"));
  };
  const auto got = download(what);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().what, "a page of text/html");
  EXPECT_EQ(part(), "");
}

}  // namespace
}  // namespace quarentena
