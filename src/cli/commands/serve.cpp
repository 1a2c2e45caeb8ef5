#include "serve/serve.h"

#include <csignal>

#include "cli/command.h"
#include "cli/serving.h"

namespace quarentena::cli {
namespace {

struct Options {
  std::string config;
  std::string listen;
  std::string metrics;
};

constexpr const char* kExamples =
    "Answers over HTTP whether clients may be contacted: POST /v1/check, /v1/explain, GET\n"
    "/v1/status; docs/api.md has the requests. At / is a page for people (docs/guides/dashboard.md).\n"
    "Who asks needs a token of `quarentena tokens`. SIGHUP reads configuration, tokens and\n"
    "certificates again and reopens the log; SIGTERM ends after what runs is answered. What it says\n"
    "goes to stderr, in lines of JSON.\n"
    "\n"
    "Examples:\n"
    "  quarentena serve                              on 127.0.0.1:8480, metrics on :9480\n"
    "  quarentena serve --listen 127.0.0.1:0         on a free port, which the log names\n";

std::atomic<int> reloads{0};

void on_hangup(int) { ++reloads; }

Result<ServeConfig> config_with(const Options& options) {
  TRY_ASSIGN(Plan plan, plan_in(options.config));
  TRY_ASSIGN(Serve serve, load_serve(plan.file));
  if (!options.listen.empty()) serve.listen = options.listen;
  if (!options.metrics.empty()) serve.metrics = options.metrics == "off" ? "" : options.metrics;
  return ServeConfig{std::move(plan), std::move(serve)};
}

Status serve_until_stopped(const Options& options) {
  TRY_ASSIGN(const ServeConfig config, config_with(options));
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, on_hangup);
  ServeOptions serving;
  serving.stop = &stop_requested();
  serving.reload = &reloads;
  serving.config_again = [&] { return config_with(options); };
  return serve_http(config, serving);
}

}  // namespace

void add_serve(CLI::App& verb, int& exit_code) {
  const auto options = std::make_shared<Options>();
  add_config_option(verb, options->config);
  verb.add_option("--listen", options->listen, "Instead of `serve: { listen: ... }`")
      ->type_name("ADDRESS:PORT");
  verb.add_option("--metrics", options->metrics, "Instead of `serve: { metrics: ... }`; off: none")
      ->type_name("ADDRESS:PORT");
  verb.footer(kExamples);
  verb.callback([options, &exit_code] { exit_code = exit_code_of(serve_until_stopped(*options)); });
}

}  // namespace quarentena::cli
