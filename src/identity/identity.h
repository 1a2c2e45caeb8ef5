#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

/// Brazilian identities as keys: two writings of one CPF, phone or e-mail get the same key, two
/// identities never do. For matching only: a key is never written over what was delivered.
///
/// Every function here is pure, may be called by any number of threads at once, and throws nothing
/// (but std::bad_alloc). The key of a key is the key. A text may be any bytes; UTF-8 is understood.
/// docs/performance.md says what a key costs.
namespace quarentena {

/// Why a text has no key.
enum class NoKey {
  empty,               ///< nothing but blanks: absent rather than wrong
  other_characters,    ///< something else than digits and their punctuation
  spreadsheet_number,  ///< `1191234567.0`: what a spreadsheet made of it
  cpf_too_long,
  cpf_repeated,
  cpf_check_digits,
  phone_several,  ///< `/` between two numbers
  phone_length,
  phone_no_area_code,
  phone_area_code,
  phone_not_in_plan,
  phone_foreign,
  phone_ambiguous,
  email_not_utf8,
  email_no_at,
  email_several_ats,
  email_too_long,
  email_local_part,
  email_domain,
};

/// One line for people, with no personal data in it.
std::string_view reason_of(NoKey why);

using KeyOrReason = tl::expected<std::string, NoKey>;

/// Eleven digits, both check digits right: Receita Federal's modulo 11. Punctuation is ignored and
/// leading zeros that were lost are given back. Eleven times the same digit passes the arithmetic
/// but is nobody's. A CNPJ has no key.
KeyOrReason cpf_key(std::string_view text);

/// E.164 (`+5511987654321`). Without `+` or `00` a number is Brazilian and must hold its area code,
/// which is never guessed.
///
/// A mobile of eight digits (they begin with 6 to 9) gets the 9 that ANATEL put before it between
/// 2012 and 2016 (Resolução 553/2010). Trunked radio (70, 77, 78, 79) did not get one and keeps its
/// eight. A landline (2 to 5) never becomes a mobile. The trunk 0, the carrier code after it
/// (`0 15 11 ...`, `0xx11 ...`), `55`, `+55` and `0055` go. Numbers of other countries must be
/// written with `+` or `00` and be valid by libphonenumber; so must 0300, 0500, 0800 and 0900.
KeyOrReason phone_key(std::string_view text);

/// The address without outer blanks, its local part in NFC and case-folded, its domain as IDNA's
/// ASCII form (UTS 46, nontransitional). No provider's own rules: dots and `+tag` stay, because
/// not every provider ignores them. Quoted local parts and `[1.2.3.4]` have no key.
KeyOrReason email_key(std::string_view text);

}  // namespace quarentena
