#include "net/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/scripted_server.h"

namespace quarentena {
namespace {

using std::chrono::milliseconds;
using testing::answer;
using testing::Asked;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Reply;
using testing::ScriptedServer;

RetryPolicy quick() {
  RetryPolicy policy;
  policy.attempts = 3;
  policy.base = milliseconds(5);
  policy.cap = milliseconds(20);
  return policy;
}

HttpRequest get(const std::string& url) {
  HttpRequest request;
  request.url = url;
  request.secret_headers.push_back(bearer(Secret(std::string_view("marked-token"))));
  return request;
}

TEST(Send, GivesStatusHeadersAndBody) {
  const ScriptedServer server([](const Asked&) {
    return Reply{answer("201 Created", "hello", "X-One: a\r\nx-one: b\r\n")};
  });
  auto request = get(server.url("/a"));
  request.method = "PUT";
  request.body = "the body";
  const auto response = send(request, quick());
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->header("x-one"), "a, b");
  const auto asked = server.asked();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].method, "PUT");
  EXPECT_EQ(asked[0].body, "the body");
  EXPECT_EQ(asked[0].header("authorization"), "Bearer marked-token");
}

TEST(Send, KeepsTheConnectionBetweenRequests) {
  const ScriptedServer server([](const Asked&) { return Reply{answer("200 OK", "x")}; });
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send(get(server.url("/a")), quick()));
  EXPECT_EQ(server.asked().size(), 3U);
  EXPECT_EQ(server.accepted(), 1);
}

TEST(Send, ReadsABodyFromAFile) {
  const auto file = std::filesystem::path(::testing::TempDir()) / "http_test_body";
  std::FILE* out = std::fopen(file.c_str(), "w");
  std::fputs("from a file", out);
  std::fclose(out);
  const ScriptedServer server([](const Asked&) { return Reply{answer("200 OK", "")}; });
  auto request = get(server.url("/a"));
  request.method = "PUT";
  request.body_file = file;
  ASSERT_TRUE(send(request, quick()));
  EXPECT_EQ(server.asked().at(0).body, "from a file");
}

TEST(Send, TriesAWrongPasswordOnce) {
  const ScriptedServer server([](const Asked&) { return Reply{answer("401 Unauthorized", "no")}; });
  const auto request = get(server.url("/a?sig=marked"));
  const auto response = expect_ok(request, send(request, quick()));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::auth);
  EXPECT_THAT(response.error().what, HasSubstr("answers 401"));
  EXPECT_THAT(response.error().what, Not(HasSubstr("marked")));
  EXPECT_EQ(server.asked().size(), 1U);
}

TEST(Send, TriesAgainWhatIsTemporary) {
  int left = 2;
  const ScriptedServer server([&](const Asked&) {
    return Reply{left-- > 0 ? answer("503 Busy", "") : answer("200 OK", "done")};
  });
  const auto response = send(get(server.url("/a")), quick());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "done");
  EXPECT_EQ(server.asked().size(), 3U);
}

TEST(Send, GivesTheLast503WhenTheTriesAreUsedUp) {
  const ScriptedServer server([](const Asked&) { return Reply{answer("503 Busy", "why")}; });
  const auto response = send(get(server.url("/a")), quick());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(server.asked().size(), 3U);
}

TEST(Send, WaitsAsLongAsTheServerAsks) {
  int left = 1;
  const ScriptedServer server([&](const Asked&) {
    return Reply{left-- > 0 ? answer("429 Slow", "", "Retry-After: 1\r\n") : answer("200 OK", "")};
  });
  const auto start = std::chrono::steady_clock::now();
  const auto response = send(get(server.url("/a")), quick());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(950));
}

TEST(Send, DoesNotWaitLongerThanItsBudget) {
  const ScriptedServer server(
      [](const Asked&) { return Reply{answer("429 Slow", "", "Retry-After: 3600\r\n")}; });
  const auto start = std::chrono::steady_clock::now();
  const auto response = send(get(server.url("/a")), quick());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 429);
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(900));
}

TEST(Send, DoesNotRepeatAPostThatTheServerMayHaveSeen) {
  const ScriptedServer server([](const Asked&) { return Reply{answer("500 Oops", "")}; });
  auto request = get(server.url("/a"));
  request.method = "POST";
  ASSERT_TRUE(send(request, quick()));
  EXPECT_EQ(server.asked().size(), 1U);
}

TEST(Send, RepeatsAPostThatTheServerRefusedForNow) {
  const ScriptedServer server([](const Asked&) { return Reply{answer("503 Busy", "")}; });
  auto request = get(server.url("/a"));
  request.method = "POST";
  ASSERT_TRUE(send(request, quick()));
  EXPECT_EQ(server.asked().size(), 3U);
}

TEST(Send, NoticesAServerThatIsStuck) {
  const ScriptedServer server([](const Asked&) { return Reply{"", Reply::Then::hang}; });
  auto request = get(server.url("/a?sig=marked"));
  request.timeouts.stall = milliseconds(200);
  auto policy = quick();
  policy.attempts = 1;
  const auto response = send(request, policy);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::transient);
  EXPECT_THAT(response.error().what, HasSubstr("no byte for 0.2 s"));
  EXPECT_THAT(response.error().what, Not(HasSubstr("marked")));
}

TEST(Send, StopsWhenItIsTold) {
  const ScriptedServer server([](const Asked&) { return Reply{"", Reply::Then::hang}; });
  std::atomic<bool> stop{false};
  std::thread later([&] {
    std::this_thread::sleep_for(milliseconds(100));
    stop = true;
  });
  auto request = get(server.url("/a"));
  request.stop = &stop;
  const auto start = std::chrono::steady_clock::now();
  const auto response = send(request, quick());
  later.join();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::machine);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Send, SaysHowOftenItTriedAndNeverTheQuery) {
  int port = 0;
  { port = std::stoi(ScriptedServer({}).url("").substr(17)); }  // nobody listens there any more
  const auto response =
      send(get("http://127.0.0.1:" + std::to_string(port) + "/a?sig=marked"), quick());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::transient);
  EXPECT_THAT(response.error().what, HasSubstr("tried 3 times"));
  EXPECT_THAT(response.error().what, HasSubstr("/a:"));
  EXPECT_THAT(response.error().what, Not(HasSubstr("marked")));
}

TEST(Send, SaysWhatToLookAtWhenNobodyAnswers) {
  std::string gone;
  {
    const ScriptedServer server([](const Asked&) { return Reply{}; });
    gone = server.url("/a.csv");
  }
  const auto response = send(get(gone), quick());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::transient);
  EXPECT_THAT(response.error().hint, HasSubstr("are host and port right"));
}

TEST(Send, RefusesAnAnswerThatIsTooLarge) {
  const ScriptedServer server(
      [](const Asked&) { return Reply{answer("200 OK", std::string(100'000, 'x'))}; });
  auto request = get(server.url("/a"));
  request.max_response_bytes = 1000;
  const auto response = send(request, quick());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::data);
}

TEST(Send, RefusesAnAddressWithAPassword) {
  const auto response = send(get("http://user:marked@127.0.0.1:1/a"), quick());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::config);
  EXPECT_THAT(response.error().what + response.error().hint, Not(HasSubstr("marked")));
}

TEST(Send, RefusesASecretWithALineBreak) {
  const ScriptedServer server([](const Asked&) { return Reply{answer("200 OK", "")}; });
  HttpRequest request;
  request.url = server.url("/a");
  request.secret_headers.push_back(bearer(Secret(std::string_view("marked\r\nX-Evil: 1"))));
  const auto response = send(request, quick());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::config);
  EXPECT_THAT(response.error().what, Not(HasSubstr("marked")));
  EXPECT_TRUE(server.asked().empty());
}

TEST(Redirect, IsTheAnswerWhenItIsNotFollowed) {
  const ScriptedServer server(
      [](const Asked&) { return Reply{answer("302 Found", "", "Location: /b\r\n")}; });
  const auto response = send(get(server.url("/a")), quick());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 302);
}

TEST(Redirect, KeepsTheCredentialsOnTheSameHost) {
  const ScriptedServer server([](const Asked& asked) {
    return Reply{asked.target == "/a" ? answer("302 Found", "note", "Location: b?x=1\r\n")
                                      : answer("200 OK", "here")};
  });
  auto request = get(server.url("/a"));
  request.redirects = Redirects::same_host;
  const auto response = send(request, quick());
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->body, "here");
  EXPECT_EQ(server.asked().at(1).target, "/b?x=1");
  EXPECT_EQ(server.asked().at(1).header("authorization"), "Bearer marked-token");
}

TEST(Redirect, StripsTheCredentialsForAnotherHostAndOnTheWayBack) {
  ScriptedServer* home = nullptr;
  const ScriptedServer other([&](const Asked&) {
    return Reply{answer("302 Found", "", "Location: " + home->url("/back") + "\r\n")};
  });
  ScriptedServer first([&](const Asked& asked) {
    return Reply{asked.target == "/a"
                     ? answer("302 Found", "", "Location: " + other.url("/else?sig=1") + "\r\n")
                     : answer("200 OK", "back")};
  });
  home = &first;
  auto request = get(first.url("/a"));
  request.redirects = Redirects::strip_credentials;
  const auto response = send(request, quick());
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->body, "back");
  EXPECT_EQ(other.asked().at(0).header("authorization"), "");
  EXPECT_EQ(first.asked().at(0).header("authorization"), "Bearer marked-token");
  EXPECT_EQ(first.asked().at(1).header("authorization"), "");
}

TEST(Redirect, ToAnotherHostIsAnErrorWhenOnlyTheSameIsAllowed) {
  const ScriptedServer other([](const Asked&) { return Reply{answer("200 OK", "")}; });
  const ScriptedServer first([&](const Asked&) {
    return Reply{answer("302 Found", "", "Location: " + other.url("/b?sig=marked") + "\r\n")};
  });
  auto request = get(first.url("/a"));
  request.redirects = Redirects::same_host;
  const auto response = send(request, quick());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::config);
  EXPECT_THAT(response.error().what, Not(HasSubstr("marked")));
  EXPECT_TRUE(other.asked().empty());
}

TEST(Redirect, ThatNeverEndsIsGivenUp) {
  const ScriptedServer server(
      [](const Asked&) { return Reply{answer("302 Found", "", "Location: /a\r\n")}; });
  auto request = get(server.url("/a"));
  request.redirects = Redirects::same_host;
  const auto response = send(request, quick());
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().what, HasSubstr("more than 10 times"));
}

TEST(ShownUrl, LeavesOutUserQueryAndFragment) {
  EXPECT_EQ(shown_url("https://u:p@Host:443/a/b.csv?sig=1#x"), "https://host/a/b.csv");
  EXPECT_EQ(shown_url("https://host:8443/a"), "https://host:8443/a");
  EXPECT_THAT(shown_url("not a url?sig=marked"), Not(HasSubstr("marked")));
}

TEST(PercentEncoded, EscapesAllButTheUnreserved) {
  EXPECT_EQ(percent_encoded("a b/ç~"), "a%20b%2F%C3%A7~");
  EXPECT_EQ(percent_encoded("a/b", Slash::keep), "a/b");
}

TEST(Basic, IsUserAndPasswordInBase64) {
  const auto [name, value] = basic("Aladdin", Secret(std::string_view("open sesame")));
  EXPECT_EQ(name, "Authorization");
  EXPECT_EQ(value.reveal(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

}  // namespace
}  // namespace quarentena
