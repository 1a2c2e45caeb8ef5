#include "lookup/lookup.h"

namespace quarentena {

const char* name(KeyKind kind) {
  switch (kind) {
    case KeyKind::id_cliente:
      return "id_cliente";
    case KeyKind::email:
      return "email";
    case KeyKind::telefone:
      return "telefone";
    case KeyKind::cpf:
      break;
  }
  return "cpf";
}

std::string name(KeyType type) {
  return (type.form == KeyForm::sha256 ? "sha256:" : "") + std::string(name(type.kind));
}

std::optional<KeyType> key_type(std::string_view text) {
  for (const auto kind : {KeyKind::id_cliente, KeyKind::email, KeyKind::telefone, KeyKind::cpf})
    for (const auto form : {KeyForm::plain, KeyForm::sha256}) {
      const KeyType type{kind, form};
      if (type == KeyType{KeyKind::id_cliente, KeyForm::sha256}) continue;
      if (text == name(type)) return type;
    }
  return std::nullopt;
}

const char* name(Standing standing) {
  switch (standing) {
    case Standing::free:
      return "free";
    case Standing::blocked:
      return "blocked";
    case Standing::unknown:
      break;
  }
  return "unknown";
}

const char* name(Unknown why) {
  switch (why) {
    case Unknown::none:
      return "none";
    case Unknown::no_table:
      return "no_table";
    case Unknown::no_load:
      return "no_load";
    case Unknown::stale:
      return "stale";
    case Unknown::not_a_key:
      return "not_a_key";
    case Unknown::damaged:
      break;
  }
  return "damaged";
}

std::string_view reason_of(Unknown why) {
  switch (why) {
    case Unknown::none:
      return "";
    case Unknown::no_table:
      return "nothing was published yet";
    case Unknown::no_load:
      return "the table holds no load of that day";
    case Unknown::stale:
      return "the newest load is older than check.max_age";
    case Unknown::not_a_key:
      return "what was asked about is no such key";
    case Unknown::damaged:
      break;
  }
  return "the index file is damaged";
}

}  // namespace quarentena
