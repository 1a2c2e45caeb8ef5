#include "config/keys.h"
#include "config/shapes.h"

namespace quarentena::keys {

const std::vector<Key>& check() {
  static const std::vector<Key> keys{
      {.name = "max_age",
       .doc = "How old the newest load may be for a question about today, in hours or days; after "
              "that every answer is `unknown`.",
       .examples = {"26h", "2d"},
       .by_default = "36h",
       .shapes = {text("^[1-9][0-9]{0,3}[hd]$")},
       .also_called = {"age", "idade", "idade_maxima", "ttl"}},
      {.name = "blocks",
       .doc =
           "Which quarantines hold back a campaign of a canal. A canal that is not named here is "
           "held back by any of them.",
       .examples = {"{ Ofertas: { only: [Ofertas, Restritos, Fraude] } }"},
       .shapes = {named_maps(some_canais(), kCanalPattern, "campaign canal")},
       .also_called = {"matrix", "bloqueia", "bloqueios", "blocked_by"}},
      {.name = "exemptions",
       .doc = "By purpose (`check --purpose`): the quarantines that it may pass.",
       .examples = {"{ cobranca: { only: [Marketing, Ofertas] } }"},
       .shapes = {named_maps(some_canais(), kSourceNamePattern, "purpose")},
       .also_called = {"exempt", "isencoes", "excecoes", "purposes", "finalidades"}},
      {.name = "person",
       .doc =
           "Whether a quarantine also holds back the other keys of its person: ids that share an "
           "e-mail or a phone with it. A list names the canais whose quarantines do.",
       .examples = {"on", "[Restritos, Fraude]"},
       .by_default = "off",
       .shapes = {word({"off", "on"}), texts()},
       .also_called = {"person_matching", "pessoa", "same_person"}},
  };
  return keys;
}

const std::vector<Key>& some_canais() {
  static const std::vector<Key> keys{
      {.name = "only",
       .doc = "These canais. Exactly one of `only` and `except`.",
       .examples = {"[Marketing, Restritos]"},
       .shapes = {texts()},
       .also_called = {"by", "canais", "somente", "apenas"}},
      {.name = "except",
       .doc = "All canais but these.",
       .examples = {"[Ofertas]"},
       .shapes = {texts()},
       .also_called = {"but", "exceto", "menos"}},
  };
  return keys;
}

}  // namespace quarentena::keys
