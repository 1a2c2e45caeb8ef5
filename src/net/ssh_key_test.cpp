#include "net/ssh_key.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace quarentena {
namespace {

// Made by ssh-keygen for this test; nothing trusts it.
constexpr const char* kPublic =
    "AAAAC3NzaC1lZDI1NTE5AAAAIB4lpBkcdAFNbxPBj1NUwUpKeAN648U5sWwIMvpD2Fij";

TEST(Base64, GoesThereAndBack) {
  EXPECT_EQ(base64_encoded(""), "");
  EXPECT_EQ(base64_encoded("f"), "Zg==");
  EXPECT_EQ(base64_encoded("fo"), "Zm8=");
  EXPECT_EQ(base64_encoded("foo"), "Zm9v");
  EXPECT_EQ(base64_encoded("foobar"), "Zm9vYmFy");
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(base64_decoded(base64_encoded(all)), all);
}

TEST(HostKey, HasTheFingerprintThatSshKeygenPrints) {
  const HostKey key{base64_decoded(kPublic)};
  EXPECT_EQ(key.type(), "ssh-ed25519");
  EXPECT_EQ(key.base64(), kPublic);
  EXPECT_EQ(key.fingerprint(), "SHA256:djemW8/goqooLVjdjSWQnOmPsfaGOJDgb6TtyM0yqSg");
  EXPECT_TRUE(same_fingerprint(key.fingerprint(), key.fingerprint() + "="));
}

TEST(HostKey, IsNothingWhenItIsNotAKey) {
  EXPECT_EQ(HostKey{""}.type(), "");
  EXPECT_EQ(HostKey{std::string("\x7f\x00\x00\x00ssh", 7)}.type(), "");
}

TEST(MemoryFile, IsReadMoreThanOnceFromItsStart) {
  const auto file = MemoryFile::holding("a key");
  ASSERT_TRUE(file);
  for (int i = 0; i < 2; ++i) {
    std::ostringstream read;
    read << std::ifstream(file->path()).rdbuf();
    EXPECT_EQ(read.str(), "a key");
  }
}

TEST(RsaKey, IsKnownInBothForms) {
  EXPECT_TRUE(is_rsa_key("-----BEGIN RSA PRIVATE KEY-----\nAAAA"));
  const std::string body = base64_encoded(std::string("openssh-key-v1\0....ssh-rsa....", 31));
  EXPECT_TRUE(is_rsa_key("-----BEGIN OPENSSH PRIVATE KEY-----\n" + body));
  const std::string other = base64_encoded(std::string("openssh-key-v1\0....ssh-ed25519", 30));
  EXPECT_FALSE(is_rsa_key("-----BEGIN OPENSSH PRIVATE KEY-----\n" + other));
  EXPECT_FALSE(is_rsa_key(""));
}

}  // namespace
}  // namespace quarentena
