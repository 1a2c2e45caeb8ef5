#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <thread>

#include "cli/check_output.h"
#include "cli/command.h"
#include "cli/day.h"
#include "cli/output.h"
#include "lookup/lookup.h"
#include "run/published_table.h"

namespace quarentena::cli {
namespace fs = std::filesystem;
namespace {

constexpr int kBlocked = 10;
constexpr int kUnknown = 11;

struct Options {
  std::string config;
  std::vector<std::string> ids, emails, telefones, cpfs;
  std::string from;
  std::vector<std::string> keys;
  Campaign campaign;
  std::string on;
  std::string audience;
  std::string out;
  bool json = false;
};

constexpr const char* kExamples =
    "Identifiers on a command line can be read by others on this machine and stay in the shell's\n"
    "history: `--from -` reads them from standard input.\n"
    "\n"
    "Exit codes, also of an audience: 0 everybody is free, 10 somebody is in quarantine, 11 "
    "nobody\n"
    "is, and of somebody nothing is known (no table, the newest load is older than check.max_age,\n"
    "no load of that day, no such key).\n"
    "\n"
    "Examples:\n"
    "  quarentena check --id 000123\n"
    "  quarentena check --id 000123 --canal Marketing --on 2024-05-28 --json\n"
    "  quarentena check --from ids.txt                   one id_cliente a line\n"
    "  pass show crm/contato | quarentena check --from - --key email\n"
    "\n"
    "  quarentena check --audience publico.csv --canal Marketing --out envio\n"
    "  quarentena check --audience publico.parquet --key email=contato --key telefone\n"
    "  quarentena check --audience hashes.csv --key sha256:email\n"
    "writes envio/publico.allowed.csv, .blocked.csv and .unknown.csv; docs/guides/"
    "before-a-campaign.md\n";

struct Asked {
  std::vector<KeyType> types;
  std::vector<std::string> texts;

  void add(KeyType type, const std::vector<std::string>& some) {
    for (const auto& text : some) {
      types.push_back(type);
      texts.push_back(text);
    }
  }
};

Status read_lines(std::istream& in, KeyType type, Asked& asked) {
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (asked.texts.empty() && line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);
    if (!line.empty()) asked.add(type, {line});
  }
  if (!in.bad()) return {};
  return fail(ErrorKind::machine, "what is asked about cannot be read");
}

Result<Asked> asked_in(const Options& options) {
  Asked asked;
  asked.add({KeyKind::id_cliente}, options.ids);
  asked.add({KeyKind::email}, options.emails);
  asked.add({KeyKind::telefone}, options.telefones);
  asked.add({KeyKind::cpf}, options.cpfs);
  if (!options.from.empty()) {
    const auto text = options.keys.empty() ? "id_cliente" : options.keys.front();
    const auto type = key_type(text);
    if (!type)
      return fail(ErrorKind::config, fmt::format("'{}' is not a key", text),
                  "keys are id_cliente, email, telefone, cpf, and sha256:email, sha256:telefone, "
                  "sha256:cpf");
    if (options.from == "-") {
      TRY_STATUS(read_lines(std::cin, *type, asked));
    } else {
      std::ifstream in(options.from, std::ios::binary);
      if (!in) return fail(ErrorKind::missing, fmt::format("cannot read {}", options.from));
      TRY_STATUS(read_lines(in, *type, asked));
    }
  }
  if (asked.texts.empty())
    return fail(ErrorKind::config, "nobody is asked about",
                "quarentena check --id 000123, or --from FILE with one key a line");
  return asked;
}

/// The table's index, or why there is none. A table that its catalog does not know yet is none.
Result<OpenedIndex> index_for(const Plan& plan, const std::optional<Date>& on) {
  const auto table = find_published_table(plan, TableAccess::read, &stop_requested());
  if (!table && table.error().kind == ErrorKind::missing)
    return OpenedIndex{nullptr, Unknown::no_table, {}};
  if (!table) return tl::unexpected<Error>(table.error());
  return open_index(plan, table->at, {on, 0, &stop_requested()});
}

/// Whom to ask on the day, and why nobody can tell.
struct Asking {
  Date day;
  std::optional<Checker> checker;  ///< absent: no index
  Unknown why = Unknown::none;
};

Result<Asking> asking_on(const Plan& plan, const Options& options) {
  std::optional<Date> on;
  if (!options.on.empty()) {
    TRY_ASSIGN(on, day_in(options.on, plan.timezone));
  }
  Asking out{on.value_or(today_in(plan.timezone)), {}, {}};
  TRY_ASSIGN(const auto opened, index_for(plan, on));
  out.why = opened.why;
  if (!opened.index) return out;
  if (!on) out.why = freshness(plan, opened.index->info(), now_ms());
  TRY_ASSIGN(out.checker, Checker::create(opened.index, plan, options.campaign, out.day));
  return out;
}

Result<CheckAnswers> answers_to(const Plan& plan, const Options& options, const Asked& asked) {
  TRY_ASSIGN(auto asking, asking_on(plan, options));
  CheckAnswers out{asking.day,  options.campaign, asking.checker,
                   asked.types, asked.texts,      std::vector<Answer>(asked.texts.size())};
  for (auto& answer : out.answers) answer.why = asking.why;
  if (!asking.checker) return out;
  std::vector<Question> questions;
  for (std::size_t i = 0; i < asked.texts.size(); ++i) {
    TRY_STATUS(asking.checker->check_type(asked.types[i]));
    questions.push_back({asked.types[i], asked.texts[i]});
  }
  if (asking.why == Unknown::none)
    asking.checker->ask(questions.data(), questions.size(), out.answers.data());
  return out;
}

bool any(const CheckAnswers& answers, Unknown why) {
  return std::any_of(answers.answers.begin(), answers.answers.end(),
                     [&](const Answer& answer) { return answer.why == why; });
}

int exit_code_of(std::int64_t blocked, std::int64_t unknown) {
  if (blocked > 0) return kBlocked;
  return unknown > 0 ? kUnknown : 0;
}

int exit_code_of(const std::vector<Answer>& answers) {
  const auto count = [&](Standing standing) {
    return std::count_if(answers.begin(), answers.end(),
                         [&](const Answer& answer) { return answer.standing == standing; });
  };
  return exit_code_of(count(Standing::blocked), count(Standing::unknown));
}

Result<AudienceSummary> split_once(const AudienceOptions& audience, const Asking& asking) {
  auto options = audience;
  options.otherwise = asking.why;
  const bool ask = asking.checker && asking.why == Unknown::none;
  return split_audience(ask ? &*asking.checker : nullptr, options);
}

Result<int> scrub(const Plan& plan, const Options& options) {
  AudienceOptions audience;
  audience.file = options.audience;
  audience.out = options.out.empty() ? audience.file.parent_path() : fs::path(options.out);
  if (audience.out.empty()) audience.out = ".";
  audience.threads = std::max(1u, std::thread::hardware_concurrency());
  audience.stop = &stop_requested();
  for (const auto& key : options.keys) {
    TRY_ASSIGN(audience.keys.emplace_back(), audience_key(key));
  }
  if (audience.keys.empty()) audience.keys.push_back({{}, "id_cliente"});
  TRY_ASSIGN(auto asking, asking_on(plan, options));
  TRY_ASSIGN(auto summary, split_once(audience, asking));
  if (summary.damaged > 0) {  // the index file is gone: this makes it anew
    TRY_ASSIGN(asking, asking_on(plan, options));
    TRY_ASSIGN(summary, split_once(audience, asking));
  }
  const AudienceReport report{options.campaign, asking.day, asking.why,
                              asking.checker ? &asking.checker->index().info() : nullptr, summary};
  if (options.json)
    write_out(to_json(report));
  else
    print_report(report);
  // An empty audience tells nothing of a table that is not there.
  if (asking.why != Unknown::none) return kUnknown;
  return exit_code_of(summary.blocked, summary.unknown);
}

Result<int> check(const Options& options) {
  TRY_ASSIGN(const Plan plan, plan_in(options.config));
  if (!options.audience.empty()) return scrub(plan, options);
  TRY_ASSIGN(const auto asked, asked_in(options));
  TRY_ASSIGN(auto answers, answers_to(plan, options, asked));
  if (any(answers, Unknown::damaged)) {  // the file is gone: this makes it anew
    TRY_ASSIGN(answers, answers_to(plan, options, asked));
  }
  if (options.json)
    write_out(to_json(answers));
  else
    print_answers(answers);
  return exit_code_of(answers.answers);
}

}  // namespace

void add_check(CLI::App& verb, int& exit_code) {
  const auto options = std::make_shared<Options>();
  add_config_option(verb, options->config);
  verb.add_option("--id", options->ids, "A client, as the table writes it")->type_name("ID");
  verb.add_option("--email", options->emails, "An e-mail, in any writing")->type_name("EMAIL");
  verb.add_option("--telefone", options->telefones, "A phone, in any writing")->type_name("PHONE");
  verb.add_option("--cpf", options->cpfs, "A CPF (needs `identity.cpf`)")->type_name("CPF");
  verb.add_option("--from", options->from, "A file with one key a line; `-` is standard input")
      ->type_name("FILE");
  verb.add_option(
          "--key", options->keys,
          "What the keys are: id_cliente (the default), email, telefone, cpf, sha256:email, "
          "sha256:telefone or sha256:cpf; of an audience also COLUMN: email=contato, several "
          "times for several keys")
      ->type_name("KEY");
  verb.add_option("--canal", options->campaign.canal, "The channel of the campaign (check.blocks)")
      ->type_name("CANAL");
  verb.add_option("--purpose", options->campaign.purpose, "Its purpose (check.exemptions)")
      ->type_name("NAME");
  verb.add_option("-d,--on", options->on, "As the load of that day has it (default: today)")
      ->type_name("DATE");
  verb.add_option("--audience", options->audience,
                  "A csv, json, Parquet or xlsx file to split into whom the campaign may contact, "
                  "whom it must not, and whom nobody can tell of; `--key` says by which columns")
      ->type_name("FILE");
  verb.add_option("--out", options->out,
                  "The folder for the three files (default: beside the file)")
      ->type_name("FOLDER");
  verb.add_flag("--json", options->json, "One JSON object");
  verb.footer(kExamples);
  verb.callback([options, &exit_code] {
    const auto code = check(*options);
    exit_code = code ? *code : report_error(code.error());
  });
}

}  // namespace quarentena::cli
