#include "cli/check_output.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/output.h"
#include "cli/table_text.h"
#include "cli/terminal.h"

namespace quarentena::cli {
namespace {

using Json = nlohmann::ordered_json;

Json day_json(const std::optional<Date>& day) { return day ? Json(day->iso()) : Json(nullptr); }

Json named(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string reason_for(const CheckAnswers& answers, const Answer& answer) {
  return answers.checker ? reason_of(*answers.checker, answer) : std::string(reason_of(answer.why));
}

Json table_json(const IndexInfo& info) {
  Json sources = Json::array();
  for (const auto& state : info.canais)
    sources.push_back({{"canal", state.canal},
                       {"source", state.source},
                       {"decision", name(state.decision)},
                       {"in_force_since", day_json(state.in_force_since)}});
  return {{"location", info.location},
          {"version", info.version},
          {"data_carga", info.data_carga.iso()},
          {"loaded_at", utc_iso(info.loaded_ms)},
          {"rows", info.rows},
          {"sources", sources}};
}

Json answer_json(const CheckAnswers& answers, std::size_t i) {
  const auto& answer = answers.answers[i];
  Json json = {{"key", name(answers.types[i])},
               {"value", answers.texts[i]},
               {"standing", name(answer.standing)}};
  if (answer.standing == Standing::unknown) json["why"] = name(answer.why);
  if (answer.standing == Standing::blocked) {
    const auto quarantine = answers.checker->quarantine(answer);
    json["canal"] = quarantine.canal;
    json["data_envio"] = day_json(quarantine.data_envio);
    json["saida_prevista"] = day_json(quarantine.saida_prevista);
    json["free_from"] = day_json(quarantine.free_from());
    json["through"] = name(answer.through);
    json["of"] = answer.whose == Whose::own ? "own" : "person";
  }
  json["reason"] = reason_for(answers, answer);
  return json;
}

std::string styled_standing(Standing standing) {
  const auto style = standing == Standing::free      ? Style::green
                     : standing == Standing::blocked ? Style::red
                                                     : Style::yellow;
  return styled(Stream::out, style, name(standing));
}

}  // namespace

void print_answers(const CheckAnswers& answers) {
  TextTable table({{"key"}, {"standing"}, {"free from"}, {"reason"}});
  for (std::size_t i = 0; i < answers.texts.size(); ++i) {
    const auto& answer = answers.answers[i];
    std::string free_from;
    if (answer.standing == Standing::blocked) {
      const auto day = answers.checker->quarantine(answer).free_from();
      free_from = day ? day->iso() : "until removed";
    }
    if (answer.standing == Standing::free) free_from = "now";
    table.add({answers.texts[i], styled_standing(answer.standing), free_from,
               reason_for(answers, answer)});
  }
  table.print();
  if (answers.checker) print_sources_behind(answers.checker->index().info(), answers.day);
}

void print_sources_behind(const IndexInfo& info, Date day) {
  print_err("as the load of {} has it (version {}){}\n", info.data_carga.iso(), info.version,
            info.data_carga == day ? "" : ", asked for " + day.iso());
  for (const auto& state : info.canais)
    if (state.decision == Decision::carried && state.in_force_since)
      print_err("{} {}: source '{}' is carried forward, with its state of {}\n",
                styled(Stream::err, Style::yellow, "note:"), state.canal, state.source,
                state.in_force_since->iso());
}

std::string to_json(const CheckAnswers& answers) {
  Json list = Json::array();
  for (std::size_t i = 0; i < answers.texts.size(); ++i) list.push_back(answer_json(answers, i));
  const auto named = [](const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
  };
  return Json{{"schema", "quarentena/check/1"},
              {"day", answers.day.iso()},
              {"canal", named(answers.campaign.canal)},
              {"purpose", named(answers.campaign.purpose)},
              {"table",
               answers.checker ? table_json(answers.checker->index().info()) : Json(nullptr)},
              {"answers", list}}
             .dump(2, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

void print_report(const AudienceReport& report) {
  const auto& summary = report.summary;
  const auto line = [&](Standing standing, const char* what, std::int64_t rows) {
    print_err("{:>14} {:<8} {}\n", with_thousands(rows), what,
              summary.files[static_cast<std::size_t>(standing)].string());
  };
  line(Standing::free, "allowed", summary.allowed);
  line(Standing::blocked, "blocked", summary.blocked);
  for (const auto& [canal, rows] : summary.by_canal)
    print_err("{:>14}   {}\n", with_thousands(rows), canal);
  line(Standing::unknown, "unknown", summary.unknown);
  if (summary.not_a_key > 0)
    print_err("{:>14}   {}\n", with_thousands(summary.not_a_key), reason_of(Unknown::not_a_key));
  if (report.why != Unknown::none) print_err("all are unknown: {}\n", reason_of(report.why));
  if (summary.blocked > 0) {
    const auto day = summary.mostly_free_on(90);
    print_err("90% of them are free {}\n",
              !day                 ? std::string("on no day: too many stay until removed")
              : *day == report.day ? std::string("now")
                                   : "from " + day->iso() + " on");
  }
  if (report.info != nullptr) print_sources_behind(*report.info, report.day);
  for (const auto& warning : summary.warnings)
    print_err("{} {}\n", styled(Stream::err, Style::yellow, "warning:"), warning);
}

std::string to_json(const AudienceReport& report) {
  const auto& summary = report.summary;
  Json by_canal = Json::array(), free_from = Json::array();
  for (const auto& [canal, rows] : summary.by_canal)
    by_canal.push_back({{"canal", canal}, {"rows", rows}});
  for (const auto& [day, rows] : summary.free_from)
    free_from.push_back({{"day", day.iso()}, {"rows", rows}});
  Json json = {{"schema", "quarentena/audience/1"},
               {"day", report.day.iso()},
               {"canal", named(report.campaign.canal)},
               {"purpose", named(report.campaign.purpose)},
               {"table", report.info != nullptr ? table_json(*report.info) : Json(nullptr)},
               {"rows", summary.rows},
               {"allowed", summary.allowed},
               {"blocked", summary.blocked},
               {"unknown", summary.unknown},
               {"why", report.why == Unknown::none ? Json(nullptr) : Json(name(report.why))},
               {"not_a_key", summary.not_a_key},
               {"blocked_by", by_canal},
               {"free_from", free_from},
               {"mostly_free_on", day_json(summary.mostly_free_on(90))},
               {"files",
                {{"allowed", summary.files[0].string()},
                 {"blocked", summary.files[1].string()},
                 {"unknown", summary.files[2].string()}}},
               {"warnings", summary.warnings}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace quarentena::cli
