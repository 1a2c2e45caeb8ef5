#include "lookup/key_hash.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <random>
#include <thread>

#include "base/sha256.h"

namespace quarentena {
namespace {

namespace fs = std::filesystem;

constexpr HashSecret kSecret = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
constexpr KeyType kId{KeyKind::id_cliente, KeyForm::plain};
constexpr KeyType kEmail{KeyKind::email, KeyForm::plain};
constexpr KeyType kPhone{KeyKind::telefone, KeyForm::plain};

std::string hex_digest(std::string_view text) {
  Sha256 digest;
  digest.add(text);
  return digest.hex();
}

// Keys 00..0f, inputs 00 01 ... of 8 and 15 bytes, by another implementation, which gives the
// authors' vectors of SipHash-2-4.
TEST(SipHash, GivesWhatAnotherImplementationDoes) {
  const std::string rest = "\x08\x09\x0a\x0b\x0c\x0d\x0e";
  EXPECT_EQ(siphash(kSecret, 0x0706050403020100, ""), 0x369095118d299a8e);
  EXPECT_EQ(siphash(kSecret, 0x0706050403020100, rest), 0xd320d86d2a519956);
}

TEST(KeyHash, FindsAnEmailInAnyWritingAndByItsDigest) {
  const auto plain = key_hash(kSecret, kEmail, "ana@exemplo.com");
  ASSERT_TRUE(plain);
  EXPECT_EQ(key_hash(kSecret, kEmail, " Ana@EXEMPLO.com\t"), plain);
  const KeyType hashed{KeyKind::email, KeyForm::sha256};
  EXPECT_EQ(key_hash(kSecret, hashed, hex_digest("ana@exemplo.com")), plain);
  EXPECT_NE(key_hash(kSecret, hashed, hex_digest("Ana@exemplo.com")), plain);
}

TEST(KeyHash, FindsAPhoneByTheDigestOfItsInternationalForm) {
  const auto plain = key_hash(kSecret, kPhone, "(11) 98765-4321");
  ASSERT_TRUE(plain);
  const auto digest = hex_digest("+5511987654321");
  EXPECT_EQ(key_hash(kSecret, {KeyKind::telefone, KeyForm::sha256}, digest), plain);
}

TEST(KeyHash, KeepsAnIdAsItIsButForOuterBlanks) {
  EXPECT_EQ(key_hash(kSecret, kId, " 00123 "), key_hash(kSecret, kId, "00123"));
  EXPECT_NE(key_hash(kSecret, kId, "00123"), key_hash(kSecret, kId, "123"));
  EXPECT_NE(key_hash(kSecret, kId, "abc"), key_hash(kSecret, kId, "ABC"));
}

TEST(KeyHash, HasNoneOfWhatIsNoKey) {
  EXPECT_FALSE(key_hash(kSecret, kId, "  "));
  EXPECT_FALSE(key_hash(kSecret, kEmail, "ana"));
  EXPECT_FALSE(key_hash(kSecret, kPhone, "98765-4321"));
  EXPECT_FALSE(key_hash(kSecret, {KeyKind::email, KeyForm::sha256}, "ana@exemplo.com"));
  EXPECT_FALSE(key_hash(kSecret, {KeyKind::email, KeyForm::sha256}, std::string(64, 'g')));
}

TEST(KeyHash, TellsNothingWithoutTheSecret) {
  EXPECT_NE(key_hash(kSecret, kId, "1"), key_hash({1, 2}, kId, "1"));
  EXPECT_NE(key_hash(kSecret, kEmail, "a@b.com"), key_hash({1, 2}, kEmail, "a@b.com"));
  EXPECT_NE(fingerprint(kSecret), fingerprint({1, 2}));
}

TEST(SecretIn, IsOneForAllWhoMakeItAtOnceAndItsOwnersOnly) {
  const auto folder =
      fs::temp_directory_path() / ("quarentena-secret-" + std::to_string(std::random_device{}()));
  fs::create_directories(folder);
  std::vector<HashSecret> secrets(8);
  std::vector<std::thread> threads;
  for (auto& secret : secrets)
    threads.emplace_back([&secret, &folder] { secret = secret_in(folder).value(); });
  for (auto& thread : threads) thread.join();
  for (const auto& secret : secrets) EXPECT_EQ(secret, secrets.front());
  EXPECT_NE(secrets.front(), HashSecret{});
  struct stat status {};
  ASSERT_EQ(stat((folder / "key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
  fs::remove_all(folder);
}

TEST(KeyType, IsReadAsItIsWritten) {
  for (const auto* text : {"id_cliente", "email", "telefone", "cpf", "sha256:email",
                           "sha256:telefone", "sha256:cpf"}) {
    const auto type = key_type(text);
    ASSERT_TRUE(type) << text;
    EXPECT_EQ(name(*type), text);
  }
  EXPECT_FALSE(key_type("sha256:id_cliente"));
  EXPECT_FALSE(key_type("mail"));
}

}  // namespace
}  // namespace quarentena
