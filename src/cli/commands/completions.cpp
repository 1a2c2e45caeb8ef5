#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command.h"
#include "cli/output.h"

namespace quarentena::cli {
namespace {

/// A verb's path ("runs list") and the words that may follow it.
struct Words {
  std::string path;
  std::vector<std::string> verbs;
  std::vector<std::pair<std::string, std::string>> options;  // "--json", what it does
};

void collect(const CLI::App& app, const std::string& path, std::vector<Words>& out) {
  Words words{path, {}, {}};
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_snames())
      words.options.emplace_back("-" + name, option->get_description());
    for (const auto& name : option->get_lnames())
      words.options.emplace_back("--" + name, option->get_description());
  }
  const auto verbs = app.get_subcommands([](const CLI::App*) { return true; });
  for (const auto* verb : verbs) words.verbs.push_back(verb->get_name());
  out.push_back(words);
  for (const auto* verb : verbs)
    collect(*verb, path.empty() ? verb->get_name() : path + " " + verb->get_name(), out);
}

std::string bash(const std::vector<Words>& all) {
  std::string cases;
  for (const auto& words : all) {
    std::vector<std::string> names = words.verbs;
    for (const auto& [name, what] : words.options) names.push_back(name);
    cases += fmt::format("    '{}') words='{}' ;;\n", words.path, fmt::join(names, " "));
  }
  return fmt::format(R"(_quarentena() {{
  local word path='' words=''
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    [[ $word == -* ]] || path="${{path:+$path }}$word"
  done
  while :; do
    case "$path" in
{}    esac
    [[ -n $words || $path != *' '* ]] && break
    path="${{path% *}}"
  done
  if [[ ${{COMP_WORDS[COMP_CWORD]}} == -* || -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
  fi
}}
complete -o default -F _quarentena quarentena
)",
                     cases);
}

std::string zsh(const std::vector<Words>& all) {
  return "#compdef quarentena\nautoload -U +X bashcompinit && bashcompinit\n" + bash(all);
}

std::string fish(const std::vector<Words>& all) {
  std::string out;
  for (const auto& words : all) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < words.path.size();) {
      const auto end = std::min(words.path.find(' ', at), words.path.size());
      parts.push_back("__fish_seen_subcommand_from " + words.path.substr(at, end - at));
      at = end + 1;
    }
    const auto when = parts.empty() ? std::string("__fish_use_subcommand")
                                    : fmt::format("{}", fmt::join(parts, "; and "));
    for (const auto& verb : words.verbs)
      out += fmt::format("complete -c quarentena -n '{}' -f -a {}\n", when, verb);
    for (const auto& [name, what] : words.options) {
      std::string text;
      for (const char c : what) text += c == '\'' ? std::string("\\'") : std::string(1, c);
      const bool is_long = name.rfind("--", 0) == 0;
      out += fmt::format("complete -c quarentena -n '{}' -{} {} -d '{}'\n", when,
                         is_long ? "l" : "s", name.substr(is_long ? 2 : 1), text);
    }
  }
  return out;
}

}  // namespace

void add_completions(CLI::App& verb, int&) {
  const auto shell = std::make_shared<std::string>();
  verb.add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->type_name("SHELL");
  verb.footer(
      "Examples:\n"
      "  quarentena completions bash > ~/.local/share/bash-completion/completions/quarentena\n"
      "  quarentena completions zsh > ~/.zfunc/_quarentena\n"
      "  quarentena completions fish > ~/.config/fish/completions/quarentena.fish\n");
  verb.callback([shell, &verb] {
    std::vector<Words> all;
    collect(*verb.get_parent(), "", all);
    print_out("{}", *shell == "bash" ? bash(all) : *shell == "zsh" ? zsh(all) : fish(all));
  });
}

}  // namespace quarentena::cli
