#include "net/smtp.h"

#include <gtest/gtest.h>

namespace quarentena {
namespace {

TEST(Smtp, AnAsciiHeaderStaysAsItIs) { EXPECT_EQ(encoded_header("held: CRM"), "held: CRM"); }

TEST(Smtp, AnyOtherIsEncodedAsBase64) {
  EXPECT_EQ(encoded_header("Recomendação"), "=?UTF-8?B?UmVjb21lbmRhw6fDo28=?=");
}

TEST(Smtp, ALineBreakIsEncodedAwayFromTheHead) {
  EXPECT_EQ(encoded_header("a\r\nBcc: b").find('\n'), std::string::npos);
}

TEST(Smtp, ALongHeaderIsSeveralWordsOfAtMost75Characters) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "ção";
  const auto encoded = encoded_header(text);
  for (std::size_t at = 0; at < encoded.size();) {
    const auto end = std::min(encoded.find("\r\n", at), encoded.size());
    EXPECT_LE(end - at, 76u);
    at = end + 2;
  }
}

TEST(Smtp, AServerThatIsNotThereIsTransient) {
  MailServer server;
  server.address = "smtp://127.0.0.1:1";
  const auto sent = send_mail(server, {"1", "a@exemplo.com", {"b@exemplo.com"}, "s", "t"}, {1});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::transient);
  EXPECT_NE(sent.error().what.find("smtp://127.0.0.1:1"), std::string::npos);
}

TEST(Smtp, AHeadCannotBeBrokenIntoTwo) {
  const auto sent =
      send_mail({}, {"1", "a@exemplo.com\r\nRCPT TO:<x@y>", {"b@exemplo.com"}, "s", "t"}, {1});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::bug);
}

}  // namespace
}  // namespace quarentena
