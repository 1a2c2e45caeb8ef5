#include "serve/tokens.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace quarentena::serve {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class Tokens : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "tokens_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    file_ = folder_ / "in/tokens.json";
  }
  void TearDown() override { fs::remove_all(folder_); }

  CreatedToken make(Token wanted = {}) {
    wanted.name = "campanhas";
    if (wanted.scopes.empty()) wanted.scopes = {Scope::check};
    auto created = create_token(file_, std::move(wanted));
    EXPECT_TRUE(created);
    return std::move(*created);
  }
  TokenSet set(const TokenSet* before = nullptr) { return {*read_tokens(file_), before}; }
  static std::string header(const CreatedToken& created) {
    return "Bearer " + created.text.reveal();
  }

  fs::path folder_, file_;
};

TEST_F(Tokens, AreKnownAgainAndKeepWhatTheyWereMadeWith) {
  Token wanted;
  wanted.scopes = {Scope::check, Scope::status};
  wanted.canais = {"CRM"};
  wanted.keys = {100, 6000};
  wanted.expires_ms = 2'000;
  const auto created = make(wanted);
  const auto tokens = read_tokens(file_);
  ASSERT_TRUE(tokens);
  ASSERT_EQ(tokens->size(), 1U);
  const Token& token = tokens->front();
  EXPECT_EQ(token.id, created.token.id);
  EXPECT_TRUE(token.may(Scope::check) && token.may(Scope::status));
  EXPECT_FALSE(token.may(Scope::explain) || token.may(Scope::metrics));
  EXPECT_TRUE(token.may_ask_about("CRM"));
  EXPECT_FALSE(token.may_ask_about("Marketing") || token.may_ask_about(""));
  EXPECT_EQ(token.keys, (Rate{100, 6000}));
  const auto known = set();
  EXPECT_EQ(known.judge(header(created), 1'999).grant->token.id, token.id);
  EXPECT_EQ(known.judge(header(created), 2'000).refusal, Refusal::expired);
}

TEST_F(Tokens, AreNotInTheFile) {
  const auto created = make();
  std::ifstream in(file_);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_THAT(text, HasSubstr(created.token.id));
  EXPECT_THAT(text, Not(HasSubstr(created.text.reveal().substr(17))));
  struct stat found {};
  ASSERT_EQ(::stat(file_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0600U);
}

TEST_F(Tokens, OthersAreUnknown) {
  const auto created = make();
  const auto known = set();
  const auto refusal = [&](const std::string& header) { return known.judge(header, 0).refusal; };
  EXPECT_EQ(refusal(""), Refusal::no_token);
  EXPECT_EQ(refusal("Basic abc"), Refusal::no_token);
  EXPECT_EQ(refusal("Bearer "), Refusal::no_token);
  EXPECT_EQ(refusal("Bearer x"), Refusal::unknown);
  std::string wrong = header(created);
  for (std::size_t i = 7; i < wrong.size(); ++i) {
    std::string other = wrong;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(refusal(other), Refusal::unknown) << i;
  }
  EXPECT_EQ(refusal(wrong + "A"), Refusal::unknown);
  EXPECT_EQ(refusal(wrong), Refusal::none);
  EXPECT_EQ(refusal("bearer  " + created.text.reveal()), Refusal::none);
}

TEST_F(Tokens, RevokedAreRefused) {
  const auto created = make(), other = make();
  ASSERT_TRUE(revoke_token(file_, created.token.id));
  const auto known = set();
  EXPECT_EQ(known.judge(header(created), 0).refusal, Refusal::revoked);
  EXPECT_EQ(known.judge(header(other), 0).refusal, Refusal::none);
  EXPECT_EQ(revoke_token(file_, "000000000000").error().kind, ErrorKind::missing);
}

TEST_F(Tokens, KeepWhatIsLeftOfTheirRateWhenTheFileIsReadAgain) {
  Token wanted;
  wanted.keys = {1, 10};
  const auto created = make(wanted);
  const auto before = set();
  EXPECT_FALSE(before.judge(header(created), 0).grant->keys->wait_ns_or_take(10, 1'000'000'000));
  make();
  const auto after = set(&before);
  EXPECT_TRUE(after.judge(header(created), 0).grant->keys->wait_ns_or_take(1, 1'000'000'000));
}

TEST_F(Tokens, OfAFileThatOthersMayReadAreNotTaken) {
  make();
  fs::permissions(file_, fs::perms(0640));
  EXPECT_EQ(read_tokens(file_).error().kind, ErrorKind::auth);
  EXPECT_THAT(read_tokens(file_).error().hint, HasSubstr("chmod 600"));
}

TEST_F(Tokens, OfADamagedFileAreAnErrorThatDoesNotQuoteIt) {
  fs::create_directories(file_.parent_path());
  for (const char* text :
       {"", "{}", R"({"schema":"quarentena/tokens/1","tokens":[{"sha256":"abc"}]})"}) {
    std::ofstream(file_) << text;
    fs::permissions(file_, fs::perms(0600));
    ASSERT_FALSE(read_tokens(file_)) << text;
    EXPECT_THAT(read_tokens(file_).error().what, Not(HasSubstr("abc")));
  }
}

TEST_F(Tokens, AnAbsentFileHasNone) { EXPECT_TRUE(read_tokens(file_)->empty()); }

}  // namespace
}  // namespace quarentena::serve
