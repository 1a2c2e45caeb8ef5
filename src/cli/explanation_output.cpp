#include "cli/explanation_output.h"

#include <fmt/format.h>

#include "cli/output.h"
#include "cli/terminal.h"

namespace quarentena::cli {
namespace {

/// What was delivered must not steer the terminal.
std::string shown(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

std::string bold(const std::string& text) { return styled(Stream::out, Style::bold, text); }

void print_values(const std::vector<std::pair<const char*, std::optional<std::string>>>& values) {
  std::string line;
  for (const auto& [name, value] : values)
    if (value) line += fmt::format("{}{} = {}", line.empty() ? "" : ", ", name, shown(*value));
  if (!line.empty()) print_out("      {}\n", line);
}

void print_row(const EvidenceRow& row) {
  const auto line = fmt::format("{}  {}:{}", name(row.outcome), row.file, row.row);
  print_out("    {}\n", row.outcome == RowOutcome::quarantined ? bold(shown(line)) : shown(line));
  print_out("      from {} of {}, accepted for {}\n", row.source, shown(row.origin),
            row.accepted_for.iso());
  const auto date = row.data_envio_text ? row.data_envio_text
                    : row.data_envio    ? std::optional(row.data_envio->iso())
                                        : std::nullopt;
  print_values({{"data_envio", date},
                {"email", row.email},
                {"telefone", row.telefone},
                {"assunto", row.assunto}});
  print_out("      {}\n", shown(row.why));
}

void print_source(const EvidenceSource& source) {
  if (source.carried_since)
    print_out("    {} source '{}' is carried forward since {}, with its state of {} ({}{})\n",
              styled(Stream::out, Style::yellow, "carried:"), source.name,
              source.carried_since->iso(),
              source.in_force_since ? source.in_force_since->iso() : "no day",
              source.status ? name(*source.status) : "",
              source.reason.empty() ? "" : ": " + shown(source.reason));
  else if (source.decision && *source.decision != Decision::accepted)
    print_out("    source '{}': {} ({}{})\n", source.name, name(*source.decision),
              source.status ? name(*source.status) : "",
              source.reason.empty() ? "" : ": " + shown(source.reason));
  if (!source.missing.empty())
    print_out("    {} source '{}': {}\n", styled(Stream::out, Style::yellow, "missing:"),
              source.name, shown(source.missing));
}

void print_canal(const CanalExplanation& canal) {
  if (const auto& row = canal.published) {
    print_out("\n  {}  {}", bold(shown(canal.canal)),
              styled(Stream::out, Style::red, "in quarantine"));
    if (row->data_envio) print_out(" since {}", row->data_envio->iso());
    if (row->saida_prevista)
      print_out(" until {}", row->saida_prevista->iso());
    else
      print_out(" until removed");
    if (row->qtd_dias) print_out(" ({} day{})", *row->qtd_dias, *row->qtd_dias == 1 ? "" : "s");
    print_out("\n");
  } else {
    print_out("\n  {}  {}\n", bold(shown(canal.canal)),
              styled(Stream::out, Style::green, "not in quarantine"));
  }
  if (canal.because != Because::in_force) print_out("    {}\n", shown(canal.reason));
  for (const auto& row : canal.rows) print_row(row);
  for (const auto& source : canal.sources) print_source(source);
}

}  // namespace

void print_explanation(const Explanation& explanation) {
  print_out("{} on {} (version {} of the table)\n", bold(shown(explanation.id_cliente)),
            explanation.day.iso(), explanation.version);
  for (const auto& canal : explanation.canais) print_canal(canal);
}

}  // namespace quarentena::cli
