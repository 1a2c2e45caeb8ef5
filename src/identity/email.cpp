#include <unicode/idna.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "identity/identity.h"
#include "identity/plain_text.h"

namespace quarentena {
namespace {

constexpr std::size_t kLongestLocal = 64;    // RFC 5321, 4.5.3.1.1
constexpr std::size_t kLongestDomain = 253;  // RFC 1035, less the root's dot
constexpr std::size_t kLongestLabel = 63;

KeyOrReason no(NoKey why) { return tl::unexpected<NoKey>(why); }

/// RFC 5322's atext, and every byte of a character beyond ASCII (RFC 6531).
constexpr std::array<bool, 256> in_local_part = [] {
  std::array<bool, 256> table{};
  for (unsigned char c : std::string_view("!#$%&'*+-/=?^_`{|}~")) table[c] = true;
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
  for (unsigned c = 0x80; c <= 0xFF; ++c) table[c] = true;
  return table;
}();

/// Atoms with single dots between them.
bool is_local_part(std::string_view local) {
  if (local.empty() || local.size() > kLongestLocal) return false;
  bool atom = false;  // the character before belongs to one
  for (char c : local) {
    const bool dot = c == '.';
    if (dot ? !atom : !in_local_part[static_cast<unsigned char>(c)]) return false;
    atom = !dot;
  }
  return atom;
}

constexpr std::array<bool, 256> in_label = [] {
  std::array<bool, 256> table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
  table['-'] = true;
  return table;
}();

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' &&
         label.back() != '-';
}

/// At least two labels, and no IP address.
bool is_domain(std::string_view domain) {
  if (domain.size() > kLongestDomain) return false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < domain.size(); ++i) {
    if (in_label[static_cast<unsigned char>(domain[i])]) continue;
    if (domain[i] != '.' || !is_label(domain.substr(begin, i - begin))) return false;
    begin = i + 1;
  }
  const auto last = domain.substr(begin);
  return begin > 0 && is_label(last) && last.find_first_not_of("0123456789") != last.npos;
}

KeyOrReason joined(std::string_view local, std::string_view domain) {
  if (!is_local_part(local)) return no(NoKey::email_local_part);
  if (!is_domain(domain)) return no(NoKey::email_domain);
  std::string key;
  key.reserve(local.size() + 1 + domain.size());
  key.append(local).append(1, '@').append(domain);
  // Without a branch, so that the compiler does many at once.
  for (char& c : key) c = static_cast<char>(c | (c >= 'A' && c <= 'Z') << 5);
  return key;
}

/// nullopt: not UTF-8.
std::optional<icu::UnicodeString> decoded(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT(bytes, at, size, c);
    if (c < 0) return std::nullopt;
  }
  return icu::UnicodeString::fromUTF8({text.data(), size});
}

void trim(icu::UnicodeString& text) {
  const auto outer = [](UChar32 c) {
    return u_isUWhiteSpace(c) || c == 0xFEFF || c == 0x200B;  // byte order mark, zero width space
  };
  while (!text.isEmpty() && outer(text.char32At(0))) text.remove(0, 1);
  while (!text.isEmpty() && outer(text.char32At(text.length() - 1)))
    text.truncate(text.length() - 1);
}

/// What cannot be seen, or means nothing to everybody, names no mailbox.
bool holds_invisible(const icu::UnicodeString& text) {
  for (std::int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    const auto c = text.char32At(at);
    const auto type = u_charType(c);
    if (u_isUWhiteSpace(c) || type == U_CONTROL_CHAR || type == U_FORMAT_CHAR ||
        type == U_UNASSIGNED || type == U_PRIVATE_USE_CHAR || type == U_SURROGATE)
      return true;
  }
  return false;
}

/// Folding may leave what NFC joins anew, so it goes on until nothing changes: twice at most for
/// every character there is (email_test.cpp tries them all).
std::optional<std::string> folded(icu::UnicodeString text) {
  UErrorCode error = U_ZERO_ERROR;
  static const icu::Normalizer2* const nfc = icu::Normalizer2::getNFCInstance(error);
  if (U_FAILURE(error) || nfc == nullptr) return std::nullopt;
  text = nfc->normalize(text, error);
  for (icu::UnicodeString before; before != text && U_SUCCESS(error);) {
    before = text;
    text.foldCase();
    text = nfc->normalize(text, error);
  }
  if (U_FAILURE(error)) return std::nullopt;
  std::string out;
  text.toUTF8String(out);
  return out;
}

/// IDNA does its own folding: full case folding would turn `straße.de` into the domain of somebody
/// else, `strasse.de`.
std::optional<std::string> ascii_domain(const icu::UnicodeString& domain) {
  UErrorCode error = U_ZERO_ERROR;
  static const std::unique_ptr<icu::IDNA> idna(icu::IDNA::createUTS46Instance(
      UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
          UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE,
      error));
  if (U_FAILURE(error) || !idna) return std::nullopt;
  icu::IDNAInfo info;
  icu::UnicodeString ascii;
  idna->nameToASCII(domain, ascii, info, error);
  // Names such as `r3---sn.exemplo.com` are in use.
  const auto errors = info.getErrors() & ~std::uint32_t{UIDNA_ERROR_HYPHEN_3_4};
  if (U_FAILURE(error) || errors != 0) return std::nullopt;
  std::string out;
  ascii.toUTF8String(out);
  return out;
}

KeyOrReason international_key(std::string_view text) {
  auto address = decoded(text);
  if (!address) return no(NoKey::email_not_utf8);
  trim(*address);
  if (address->isEmpty()) return no(NoKey::empty);
  const auto at = address->indexOf(u'@');
  if (at < 0) return no(NoKey::email_no_at);
  if (address->lastIndexOf(u'@') != at) return no(NoKey::email_several_ats);
  const icu::UnicodeString local(*address, 0, at);
  if (holds_invisible(local)) return no(NoKey::email_local_part);
  const auto mailbox = folded(local);
  if (!mailbox) return no(NoKey::email_local_part);
  const auto domain = ascii_domain(icu::UnicodeString(*address, at + 1));
  if (!domain) return no(NoKey::email_domain);
  return joined(*mailbox, *domain);
}

/// A label that says it is IDNA's ASCII form must be one: `xn--`.
bool holds_ascii_form(std::string_view domain) {
  for (auto at = domain.find("--"); at != domain.npos; at = domain.find("--", at + 1))
    if (at >= 2 && (domain[at - 2] | 0x20) == 'x' && (domain[at - 1] | 0x20) == 'n') return true;
  return false;
}

}  // namespace

KeyOrReason email_key(std::string_view text) {
  if (text.size() > kLongestText) return no(NoKey::email_too_long);
  if (!is_ascii(text)) return international_key(text);
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.empty()) return no(NoKey::empty);
  const auto at = text.find('@');
  if (at == text.npos) return no(NoKey::email_no_at);
  const auto local = text.substr(0, at), domain = text.substr(at + 1);
  if (domain.find('@') != domain.npos) return no(NoKey::email_several_ats);
  if (holds_ascii_form(domain)) return international_key(text);
  return joined(local, domain);
}

}  // namespace quarentena
