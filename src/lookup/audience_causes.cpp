#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "identity/identity.h"
#include "lookup/audience_parts.h"

namespace quarentena {
namespace {

/// Fewer say nothing of a file.
constexpr std::size_t kFewest = 20;

struct Writing {
  std::string said;  ///< completes "... found once"
  std::function<std::string(const std::string&)> of;
};

std::string without(std::string text, std::string_view what) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at))
    text.erase(at, what.size());
  return text;
}

std::string in_case(std::string text, int (*change)(int)) {
  for (char& c : text) c = static_cast<char>(change(static_cast<unsigned char>(c)));
  return text;
}

std::string without_zeros(const std::string& text) {
  return text.substr(std::min(text.find_first_not_of('0'), text.size()));
}

/// `ã` that was read as latin-1 and written as UTF-8 is four bytes; this gives the two it was.
std::string decoded_once(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool two = (c == 0xc2 || c == 0xc3) && i + 1 < text.size();
    out += two ? static_cast<char>((c & 3) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3f))
               : text[i];
  }
  return out;
}

std::vector<Writing> writings_of(KeyKind kind) {
  std::vector<Writing> out = {
      {"blanks inside are taken out",
       [](const std::string& text) {
         return without(without(without(text, " "), "\xc2\xa0"), "\xe2\x80\x8b");
       }},
      {"quotes around are taken out",
       [](const std::string& text) { return without(without(text, "\""), "'"); }},
      {"the encoding is mended (UTF-8 read as latin-1)", decoded_once},
  };
  if (kind == KeyKind::telefone) {
    out.push_back({"the country code 55 with its plus is put before",
                   [](const std::string& text) { return "+55" + text; }});
    out.push_back({"a plus is put before", [](const std::string& text) { return "+" + text; }});
  }
  if (kind != KeyKind::id_cliente) return out;
  out.push_back({"in upper case", [](const std::string& t) { return in_case(t, std::toupper); }});
  out.push_back({"in lower case", [](const std::string& t) { return in_case(t, std::tolower); }});
  out.push_back({"`.0`, which a spreadsheet put there, is taken off", [](const std::string& text) {
                   return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
                 }});
  out.push_back({"leading zeros are taken off", without_zeros});
  out.push_back({"punctuation is taken out", [](const std::string& text) {
                   return without(without(without(text, "."), "-"), "/");
                 }});
  for (std::size_t width = 2; width <= 14; ++width)
    out.push_back({fmt::format("leading zeros make it {} characters long", width),
                   [width](const std::string& text) {
                     return std::string(width - std::min(width, text.size()), '0') + text;
                   }});
  return out;
}

std::int64_t found(const Checker& checker, KeyType type, const std::vector<std::string>& texts) {
  return std::count_if(texts.begin(), texts.end(), [&](const std::string& text) {
    return checker.ask({type, text}).standing == Standing::blocked;
  });
}

std::optional<std::string> other_writing(const Checker& checker, const AudienceKey& key,
                                         const KeySample& sample) {
  std::int64_t most = 0;
  std::string said;
  for (const auto& writing : writings_of(key.type.kind)) {
    std::vector<std::string> changed;
    for (const auto& text : sample.texts)
      if (auto other = writing.of(text); other != text) changed.push_back(std::move(other));
    const auto hits = found(checker, key.type, changed);
    if (hits <= most) continue;
    most = hits;
    said = writing.said;
  }
  // A few may be found by chance: ids of another numbering overlap.
  if (most < 3 || most <= 2 * sample.found) return std::nullopt;
  return fmt::format(
      "{} of the first {} values of '{}' are in quarantine as they are, {} more once {}: the file "
      "writes them another way than the table",
      sample.found, sample.texts.size(), key.column, most, said);
}

/// Why texts are no keys, the most frequent reason.
std::optional<std::string> no_keys(const AudienceKey& key, const KeySample& sample) {
  std::map<std::string, std::size_t> reasons;
  std::size_t bad = 0;
  for (const auto& text : sample.texts) {
    std::string reason;
    if (key.type.form == KeyForm::sha256) {
      const bool digest = text.size() == 64 &&
                          text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
      if (!digest) reason = "not 64 hex digits";
    } else if (key.type.kind == KeyKind::id_cliente) {
      if (text.find_first_not_of(" \t\r") == text.npos) reason = "empty";
    } else {
      const auto of = key.type.kind == KeyKind::email      ? email_key
                      : key.type.kind == KeyKind::telefone ? phone_key
                                                           : cpf_key;
      if (const auto made = of(text); !made) reason = reason_of(made.error());
    }
    if (reason.empty()) continue;
    ++bad;
    ++reasons[reason];
  }
  if (bad * 10 < sample.texts.size()) return std::nullopt;
  const auto most =
      std::max_element(reasons.begin(), reasons.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return fmt::format("{} of the first {} values of '{}' are no {}, most of them because: {}", bad,
                     sample.texts.size(), key.column, name(key.type), most->first);
}

}  // namespace

std::vector<std::string> likely_causes(const Checker& checker, const AudienceKey& key,
                                       const KeySample& sample) {
  std::vector<std::string> out;
  if (sample.texts.size() < kFewest) return out;
  if (auto warning = no_keys(key, sample)) out.push_back(std::move(*warning));
  if (key.type.form == KeyForm::sha256) {
    if (sample.found == 0 && sample.texts.size() >= 1000)
      out.push_back(fmt::format(
          "none of the first {} digests of '{}' is in quarantine: are they of the normal form? "
          "e-mails in lower case without blanks, phones as +5511987654321, CPFs as eleven digits",
          sample.texts.size(), key.column));
    return out;
  }
  if (auto warning = other_writing(checker, key, sample)) out.push_back(std::move(*warning));
  return out;
}

}  // namespace quarentena
