#include "serve/question.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>

namespace quarentena::serve {

using simdjson::dom::element;

struct QuestionReader::Parser {
  simdjson::dom::parser dom;
};

namespace {

/// A canal, a purpose or an id is a name, not a text: in characters.
constexpr std::ptrdiff_t kLongestName = 50;

tl::unexpected<HttpProblem> refuse(int status, std::string_view code, std::string detail) {
  return tl::unexpected<HttpProblem>(HttpProblem{status, code, std::move(detail)});
}

tl::unexpected<HttpProblem> no_question(std::string detail) {
  return refuse(422, "no-question", std::move(detail));
}

tl::unexpected<HttpProblem> not_json(simdjson::error_code error) {
  if (error == simdjson::UTF8_ERROR)
    return refuse(400, "not-utf8", "the body is not UTF-8: write it in UTF-8");
  return refuse(400, "not-json", fmt::format("the body is not JSON: {}", error_message(error)));
}

tl::unexpected<HttpProblem> too_many(std::size_t most) {
  return refuse(413, "too-many-keys",
                fmt::format("a question has at most {} keys: ask in several", most));
}

/// The field must be a text: what it is for an operator to say is in `what`.
Read<std::string_view> text_of(element value, std::string_view field) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS)
    return no_question(fmt::format("'{}' must be a text", field));
  return text;
}

Read<std::string> name_of(element value, std::string_view field) {
  const auto text = text_of(value, field);
  if (!text) return tl::unexpected<HttpProblem>(text.error());
  const auto characters = std::count_if(text->begin(), text->end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  });
  if (characters > kLongestName)
    return no_question(fmt::format("'{}' has more than {} characters", field, kLongestName));
  return std::string(*text);
}

Read<Date> day_of(element value) {
  const auto text = text_of(value, "on");
  const auto day = text ? Date::parse_iso(*text) : std::nullopt;
  if (!day) return no_question("'on' must be a day such as \"2024-05-28\"");
  return *day;
}

enum class Keys { here, on_lines };

/// The fields of the object of a check, each at most once.
class CheckFields {
 public:
  CheckFields(Keys keys, std::size_t most_keys) : where_(keys), most_keys_(most_keys) {}

  Read<CheckQuestion> read(element root) {
    simdjson::dom::object object;
    if (root.get(object) != simdjson::SUCCESS)
      return no_question("the question must be a JSON object");
    for (const auto [field, value] : object)
      if (auto problem = take(field, value)) return tl::unexpected<HttpProblem>(*problem);
    if (!seen(Field::key)) return no_question("'key' is not there: which kind of keys are these?");
    if (where_ == Keys::here && !seen(Field::keys)) return no_question("'keys' is not there");
    return std::move(question_);
  }

 private:
  enum class Field : unsigned { key, keys, canal, purpose, on, show, none };
  static constexpr std::array<std::string_view, 6> kFields = {"key",     "keys", "canal",
                                                              "purpose", "on",   "show"};

  bool seen(Field field) const { return ((seen_ >> static_cast<unsigned>(field)) & 1U) != 0; }

  template <class T, class Target>
  static std::optional<HttpProblem> into(Target& target, Read<T> value) {
    if (!value) return std::move(value.error());
    target = std::move(*value);
    return std::nullopt;
  }

  std::optional<HttpProblem> take(std::string_view name, element value) {
    const auto at = std::find(kFields.begin(), kFields.end(), name) - kFields.begin();
    const auto field = static_cast<Field>(at);
    // Not the name itself: it may be anything, also a person's.
    if (field == Field::none)
      return HttpProblem{422, "no-question",
                         "a field is not known; known are key, keys, canal, purpose, on, show"};
    if (seen(field))
      return HttpProblem{422, "no-question", fmt::format("'{}' is there twice", name)};
    seen_ |= 1U << static_cast<unsigned>(at);
    switch (field) {
      case Field::key:
        return into(question_.type, type_of(value));
      case Field::keys:
        return take_keys(value);
      case Field::canal:
        return into(question_.campaign.canal, name_of(value, "canal"));
      case Field::purpose:
        return into(question_.campaign.purpose, name_of(value, "purpose"));
      case Field::on:
        return into(question_.on, day_of(value));
      default:
        return into(question_.shown, shown_of(value));
    }
  }

  static Read<KeyType> type_of(element value) {
    const auto text = text_of(value, "key");
    const auto type = text ? key_type(*text) : std::nullopt;
    if (!type)
      return no_question(
          "'key' must be id_cliente, email, telefone, cpf, sha256:email, sha256:telefone or "
          "sha256:cpf");
    return *type;
  }

  static Read<Shown> shown_of(element value) {
    const auto text = text_of(value, "show");
    if (text && *text == "all") return Shown::all;
    if (text && *text == "not_free") return Shown::not_free;
    return no_question("'show' must be \"all\" or \"not_free\"");
  }

  std::optional<HttpProblem> take_keys(element value) {
    if (where_ == Keys::on_lines)
      return HttpProblem{422, "no-question",
                         "in NDJSON the keys are the lines after the first: leave out 'keys'"};
    simdjson::dom::array array;
    if (value.get(array) != simdjson::SUCCESS)
      return HttpProblem{422, "no-question", "'keys' must be a list of texts"};
    // The size that the parser kept saturates at 2^24 - 1, beyond every limit.
    if (array.size() > most_keys_) return too_many(most_keys_).value();
    question_.keys.reserve(array.size());
    for (const element key : array) {
      std::string_view text;
      if (key.get(text) != simdjson::SUCCESS)
        return HttpProblem{422, "no-question",
                           fmt::format("keys[{}] is not a text: write ids as texts, so that their "
                                       "leading zeros survive",
                                       question_.keys.size())};
      question_.keys.push_back(text);
    }
    return std::nullopt;
  }

  Keys where_;
  std::size_t most_keys_;
  unsigned seen_ = 0;
  CheckQuestion question_;
};

/// simdjson reads a little past the end.
void pad(std::string& body) { body.reserve(body.size() + simdjson::SIMDJSON_PADDING); }

/// The next line without its break and the blanks around it; false: none is left.
bool next_line(std::string_view& rest, std::string_view& line) {
  constexpr std::string_view kBlanks = " \t\r";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (!line.empty() && kBlanks.find(line.front()) != std::string_view::npos)
      line.remove_prefix(1);
    while (!line.empty() && kBlanks.find(line.back()) != std::string_view::npos)
      line.remove_suffix(1);
    if (!line.empty()) return true;
  }
  return false;
}

/// Nothing between the quotes that JSON writes otherwise.
bool is_plain_string(std::string_view line) {
  if (line.size() < 2 || line.front() != '"' || line.back() != '"') return false;
  const auto inside = line.substr(1, line.size() - 2);
  return std::none_of(inside.begin(), inside.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
  });
}

}  // namespace

QuestionReader::QuestionReader() : parser_(std::make_unique<Parser>()) {}
QuestionReader::~QuestionReader() = default;

std::size_t QuestionReader::capacity() const { return parser_->dom.capacity(); }

Read<CheckQuestion> QuestionReader::check(std::string& body, BodyForm form, std::size_t most_keys) {
  pad(body);
  if (form == BodyForm::ndjson) return lines(body, most_keys);
  element root;
  if (const auto error = parser_->dom.parse(body.data(), body.size(), false).get(root))
    return not_json(error);
  return CheckFields(Keys::here, most_keys).read(root);
}

Read<CheckQuestion> QuestionReader::lines(std::string& body, std::size_t most_keys) {
  if (!simdjson::validate_utf8(body)) return not_json(simdjson::UTF8_ERROR);
  std::string_view rest = body, text;
  if (!next_line(rest, text)) return no_question("the body is empty");
  element root;
  // Copied by the parser: behind a line there is the next one, not room.
  if (const auto error = parser_->dom.parse(text.data(), text.size(), true).get(root))
    return not_json(error);
  auto question = CheckFields(Keys::on_lines, most_keys).read(root);
  if (!question) return question;
  unescaped_.clear();
  while (next_line(rest, text)) {
    if (question->keys.size() == most_keys) return too_many(most_keys);
    if (is_plain_string(text)) {
      question->keys.push_back(text.substr(1, text.size() - 2));
      continue;
    }
    std::string_view key;
    if (parser_->dom.parse(text.data(), text.size(), true).get(key) != simdjson::SUCCESS)
      return refuse(400, "not-json",
                    fmt::format("key {} (counted from 1) is not a JSON text on a line of its own",
                                question->keys.size() + 1));
    question->keys.push_back(unescaped_.emplace_back(key));
  }
  return question;
}

Read<ExplainQuestion> QuestionReader::explain(std::string& body) {
  pad(body);
  element root;
  if (const auto error = parser_->dom.parse(body.data(), body.size(), false).get(root))
    return not_json(error);
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS)
    return no_question("the question must be a JSON object");
  ExplainQuestion question;
  for (const auto [field, value] : object) {
    if (field == "on") {
      const auto day = day_of(value);
      if (!day) return tl::unexpected<HttpProblem>(day.error());
      question.on = *day;
    } else if (field == "id_cliente" || field == "canal") {
      auto name = name_of(value, field);
      if (!name) return tl::unexpected<HttpProblem>(name.error());
      (field == "canal" ? question.canal : question.id_cliente) = std::move(*name);
    } else {
      return no_question("a field is not known; known are id_cliente, canal, on");
    }
  }
  if (question.id_cliente.empty()) return no_question("'id_cliente' is not there");
  return question;
}

Read<AnalysisQuestion> QuestionReader::analysis(std::string& body) {
  pad(body);
  element root;
  if (const auto error = parser_->dom.parse(body.data(), body.size(), false).get(root))
    return not_json(error);
  simdjson::dom::object object, values;
  if (root.get(object) != simdjson::SUCCESS)
    return no_question("the question must be a JSON object");
  AnalysisQuestion question;
  for (const auto [field, value] : object) {
    if (field == "name") {
      auto name = name_of(value, field);
      if (!name) return tl::unexpected<HttpProblem>(name.error());
      question.name = std::move(*name);
    } else if (field == "values") {
      if (value.get(values) != simdjson::SUCCESS)
        return no_question("'values' must be an object: {\"dia\": \"2024-05-28\"}");
      for (const auto [parameter, given] : values) {
        auto text = name_of(given, "values");
        if (!text) return tl::unexpected<HttpProblem>(text.error());
        question.values.insert_or_assign(std::string(parameter), std::move(*text));
      }
    } else {
      return no_question("a field is not known; known are name, values");
    }
  }
  if (question.name.empty()) return no_question("'name' is not there");
  return question;
}

}  // namespace quarentena::serve
