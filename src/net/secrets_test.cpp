#include "net/secrets.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "net/command_output.h"

namespace quarentena {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string file_with(const std::string& text, mode_t mode = 0600) {
  const auto path = ::testing::TempDir() + "secrets_test_file";
  std::ofstream(path, std::ios::binary) << text;
  ::chmod(path.c_str(), mode);
  return path;
}

TEST(Secret, CannotBePrinted) {
  EXPECT_FALSE(fmt::is_formattable<Secret>::value);
  EXPECT_FALSE((std::is_convertible_v<Secret, std::string>));
  EXPECT_FALSE((std::is_convertible_v<std::string, Secret>));
}

TEST(Secret, LeavesNothingBehindWhenItMoves) {
  std::string text = "short";
  const char* place = text.data();
  Secret first(std::move(text));
  EXPECT_STREQ(place, "");
  const Secret second(std::move(first));
  EXPECT_EQ(second.reveal(), "short");
  EXPECT_TRUE(first.empty());
}

TEST(ResolveSecret, ReadsAnEnvironmentVariable) {
  ::setenv("QUARENTENA_TEST_SECRET", "marked", 1);
  EXPECT_EQ(resolve_secret("${env:QUARENTENA_TEST_SECRET}")->reveal(), "marked");
  ::unsetenv("QUARENTENA_TEST_SECRET");
  const auto missing = resolve_secret("${env:QUARENTENA_TEST_SECRET}");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::config);
  EXPECT_THAT(missing.error().what, HasSubstr("QUARENTENA_TEST_SECRET"));
}

TEST(ResolveSecret, ReadsAFileWithoutItsLastLineBreak) {
  EXPECT_EQ(resolve_secret("${file:" + file_with("marked\n") + "}")->reveal(), "marked");
  EXPECT_EQ(resolve_secret("${file:" + file_with("marked\r\n") + "}")->reveal(), "marked");
  EXPECT_EQ(resolve_secret("${file:" + file_with("two\nlines\n\n") + "}")->reveal(),
            "two\nlines\n");
}

TEST(ResolveSecret, WarnsOnceOfAFileThatEverybodyMayRead) {
  const auto reference = "${file:" + file_with("marked", 0644) + "}";
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(resolve_secret(reference)->reveal(), "marked");
  EXPECT_EQ(resolve_secret(reference)->reveal(), "marked");
  const auto warned = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(warned, HasSubstr("everybody"));
  EXPECT_EQ(warned.find("warning"), warned.rfind("warning"));
  EXPECT_THAT(warned, Not(HasSubstr("marked")));
}

TEST(ResolveSecret, NamesAFileThatIsNotThereOrEmpty) {
  EXPECT_THAT(resolve_secret("${file:/nowhere/x}").error().what, HasSubstr("/nowhere/x"));
  EXPECT_THAT(resolve_secret("${file:" + file_with("\n") + "}").error().what, HasSubstr("empty"));
}

TEST(ResolveSecret, TakesWhatACommandPrints) {
  EXPECT_EQ(resolve_secret("${cmd:printf 'marked\\n\\n'}")->reveal(), "marked");
}

TEST(ResolveSecret, ShowsNothingOfACommandThatFails) {
  const auto failed = resolve_secret("${cmd:sh -c 'echo marked; echo marked >&2; exit 3' marked}");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::config);
  EXPECT_THAT(failed.error().what, HasSubstr("exit code 3"));
  EXPECT_THAT(failed.error().what + failed.error().hint, Not(HasSubstr("marked")));
}

TEST(CommandOutput, EndsACommandThatTakesTooLongWithItsChildren) {
  const auto start = std::chrono::steady_clock::now();
  const auto late = command_output("sleep 60 | cat", std::chrono::milliseconds(200), nullptr);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::transient);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(ResolveSecret, LeavesOtherTextAsItIs) {
  EXPECT_EQ(resolve_secret("us-east-1")->reveal(), "us-east-1");
  EXPECT_EQ(resolve_secret("")->reveal(), "");
}

TEST(ResolveSecret, ReplacesReferencesWithinAText) {
  ::setenv("QUARENTENA_TEST_SECRET", "b", 1);
  EXPECT_EQ(resolve_secret("a ${env:QUARENTENA_TEST_SECRET} c")->reveal(), "a b c");
}

TEST(Resolve, NamesTheKeyThatCannotBeResolved) {
  const auto failed = resolve({{"password", "${env:QUARENTENA_NOT_SET}"}});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().what, HasSubstr("auth.password: ${env:QUARENTENA_NOT_SET}"));
}

}  // namespace
}  // namespace quarentena
