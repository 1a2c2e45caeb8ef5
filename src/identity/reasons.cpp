#include "identity/identity.h"

namespace quarentena {

std::string_view reason_of(NoKey why) {
  switch (why) {
    case NoKey::empty:
      return "it is empty";
    case NoKey::other_characters:
      return "it holds more than digits and punctuation";
    case NoKey::spreadsheet_number:
      return "it ends in .0: a spreadsheet made a number of it";
    case NoKey::cpf_too_long:
      return "a CPF has at most 11 digits";
    case NoKey::cpf_repeated:
      return "one digit repeated is nobody's CPF";
    case NoKey::cpf_check_digits:
      return "the CPF's check digits do not match";
    case NoKey::phone_several:
      return "it looks like several phone numbers";
    case NoKey::phone_length:
      return "it has too many digits for a phone number";
    case NoKey::phone_no_area_code:
      return "the phone number has no area code";
    case NoKey::phone_area_code:
      return "Brazil has no such area code";
    case NoKey::phone_not_in_plan:
      return "Brazil has no such phone number";
    case NoKey::phone_foreign:
      return "no country has such a phone number";
    case NoKey::phone_ambiguous:
      return "the phone number can be read as two countries'";
    case NoKey::email_not_utf8:
      return "the e-mail is not UTF-8";
    case NoKey::email_no_at:
      return "the e-mail has no @";
    case NoKey::email_several_ats:
      return "the e-mail has more than one @";
    case NoKey::email_too_long:
      return "the e-mail is too long";
    case NoKey::email_local_part:
      return "what stands before the @ is no name of a mailbox";
    case NoKey::email_domain:
      return "what stands after the @ is no domain";
  }
  return "unknown";
}

}  // namespace quarentena
