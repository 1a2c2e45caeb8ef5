#include "serve/api.h"

#include <fmt/format.h>

#include <chrono>
#include <map>

#include "base/date.h"
#include "run/explain.h"
#include "run/explanation_json.h"
#include "serve/access_log.h"
#include "serve/check_answer.h"
#include "serve/overviews.h"
#include "serve/routes.h"

namespace quarentena::serve {
namespace {

/// Up to here a body is read, asked and answered in one go, in memory that is used again.
constexpr std::size_t kSmallBody = 16 << 10;
constexpr std::int64_t kMiB = 1 << 20;
/// Of large bodies in memory at once; a body costs some seven times its size while it is read.
constexpr std::int64_t kBodiesMiB = 128;
constexpr int kWrongTokenDelay_ms = 1000;

std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Reply json_reply(std::string body) {
  Reply reply;
  reply.body = std::move(body);
  return reply;
}

/// A check too large to be answered in one go; holds what its keys stand in.
class LargeCheck final : public BodyParts {
 public:
  LargeCheck(std::string body, Counters& counters) : body_(std::move(body)), counters_(counters) {}

  Read<CheckQuestion> read(BodyForm form, std::size_t most_keys) {
    return reader_.check(body_, form, most_keys);
  }
  void begin(CheckQuestion question, CheckDesk desk, BodyForm form) {
    answer_.emplace(std::move(question), std::move(desk), form);
  }
  std::string take_body() { return std::move(body_); }

  bool next(std::string& out) override {
    if (answer_->next(out)) return true;
    counters_.keys(answer_->counts());
    return false;
  }

 private:
  std::string body_;
  Counters& counters_;
  QuestionReader reader_;
  std::optional<CheckAnswer> answer_;
};

}  // namespace

bool BodyBudget::take(std::int64_t bytes) {
  if (left_.fetch_sub(bytes) >= bytes) return true;
  left_.fetch_add(bytes);
  return false;
}

Shared::Shared(const Serve& serve)
    : limits(serve.limits),
      // Two free ports are two.
      on_api{serve.metrics == serve.listen && !serve.listen.ends_with(":0"),
             serve.page == Serve::Page::on},
      bodies(std::max<std::int64_t>(kBodiesMiB, serve.limits.body_mib) * kMiB) {}

/// The checkers of one version of the table and one day, made once a campaign. One thread's.
class Api::Desks {
 public:
  /// Errors: those of Checker::create.
  Result<CheckDesk> today(const std::shared_ptr<const Published>& published,
                          const Campaign& campaign) {
    CheckDesk desk{published->index, std::nullopt, published->why, published->today};
    if (published->why != Unknown::none) return desk;
    if (published_ != published) {
      published_ = published;
      checkers_.clear();
    }
    const auto known = checkers_.find({campaign.canal, campaign.purpose});
    if (known != checkers_.end()) {
      desk.checker = known->second;
      return desk;
    }
    TRY_ASSIGN(desk.checker,
               Checker::create(published->index, *published->plan, campaign, published->today));
    checkers_.emplace(std::pair(campaign.canal, campaign.purpose), *desk.checker);
    return desk;
  }

  /// Lets go of what is over.
  void keep_only(const std::shared_ptr<const Published>& published) {
    if (published_ == published) return;
    published_.reset();
    checkers_.clear();
  }

  static Result<CheckDesk> past(const Published& published, const OpenedIndex& opened,
                                const Campaign& campaign, Date day) {
    CheckDesk desk{opened.index, std::nullopt, opened.why, day};
    if (!opened.index) return desk;
    TRY_ASSIGN(desk.checker, Checker::create(opened.index, *published.plan, campaign, day));
    return desk;
  }

 private:
  std::shared_ptr<const Published> published_;
  std::map<std::pair<std::string, std::string>, Checker> checkers_;
};

Api::Api(Shared& shared, Counters& counters)
    : shared_(shared),
      counters_(counters),
      published_(shared.published),
      tokens_(shared.tokens),
      desks_(std::make_unique<Desks>()) {}
Api::~Api() = default;

std::optional<Reply> Api::admit(Door door, const Head& head, Ticket& ticket) {
  const std::string_view path = head.target.substr(0, head.target.find('?'));
  const Route* route = find_route(path, door, shared_.on_api);
  const bool get = head.method == "GET" || head.method == "HEAD";
  ticket.method = head.method == "POST"  ? "POST"
                  : head.method == "GET" ? "GET"
                  : get                  ? "HEAD"
                                         : "other";
  if (route == nullptr)
    return reply_with({404, "no-such-path", "there is nothing here; see /v1/openapi.json"});
  ticket.endpoint = route->endpoint;
  ticket.encoding = best_encoding(head.accept_encoding);
  if (route->post ? head.method != "POST" : !get) {
    Reply reply =
        reply_with({405, "method",
                    route->post ? "this is asked for with POST" : "this is asked for with GET"});
    reply.headers = route->post ? "Allow: POST\r\n" : "Allow: GET, HEAD\r\n";
    return reply;
  }
  if (route->endpoint == Endpoint::page) {
    ticket.file = find_page_file(path);
    ticket.if_none_match = head.if_none_match;
  }
  if (route->scope) {
    if (auto refused = refuse_token(head.authorization, ticket)) return refused;
    if (!ticket.grant->token.may(*route->scope))
      return reply_with(
          {403, "scope",
           fmt::format("this needs a token with the scope '{}'", name(*route->scope))});
    // What a check costs is known when it is read.
    if (route->endpoint != Endpoint::check)
      if (auto problem = charge(ticket, 1)) return reply_with(*problem);
  }
  if (!route->post) return std::nullopt;
  if (path.size() != head.target.size())
    return reply_with({400, "query",
                       "nothing is asked in the address, where logs would keep it: "
                       "write the question into the body"});
  const auto form = form_of_body(head.content_type);
  const bool json_only = route->endpoint != Endpoint::check;
  if (!form || (json_only && *form != BodyForm::json))
    return reply_with({415, "content-type",
                       json_only ? "write Content-Type: application/json"
                                 : "write Content-Type: application/json or application/x-ndjson"});
  ticket.form = *form;
  const auto answer_form = form_of_answer(head.accept, *form);
  if (!answer_form || (json_only && *answer_form != BodyForm::json))
    return reply_with({406, "accept", "the answer is application/json or application/x-ndjson"});
  ticket.answer_form = *answer_form;
  if (head.content_length.value_or(0) > static_cast<std::uint64_t>(shared_.limits.body_mib) * kMiB)
    return reply_with(
        {413, "body-too-large", fmt::format("a body has at most {} MiB", shared_.limits.body_mib)});
  return std::nullopt;
}

std::optional<Reply> Api::refuse_token(std::string_view authorization, Ticket& ticket) {
  ticket.tokens = tokens_.get();
  const auto verdict = ticket.tokens->judge(authorization, now_ms());
  ticket.grant = verdict.grant;
  if (verdict.grant != nullptr) return std::nullopt;
  ticket.bad_token = true;
  HttpProblem problem{401, "token", "this token is not known"};
  std::string_view challenge = "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n";
  if (verdict.refusal == Refusal::no_token) {
    problem.detail = "write Authorization: Bearer, and a token of `quarentena tokens create`";
    challenge = "WWW-Authenticate: Bearer\r\n";
  } else if (verdict.refusal == Refusal::expired) {
    problem.detail = "this token expired";
  } else if (verdict.refusal == Refusal::revoked) {
    problem.detail = "this token was revoked";
  }
  Reply reply = reply_with(problem);
  reply.headers = challenge;
  // Who guesses waits; who has a token never does.
  if (shared_.wrong_tokens.wait_ns_or_take(1, steady_ns())) reply.delay_ms = kWrongTokenDelay_ms;
  return reply;
}

std::optional<HttpProblem> Api::charge(Ticket& ticket, std::size_t keys) const {
  if (ticket.grant == nullptr || ticket.charged) return std::nullopt;
  const Rate rate = ticket.grant->token.keys;
  const auto cost = static_cast<std::int64_t>(keys);
  if (rate.per_second > 0 && cost > rate.at_once)
    return HttpProblem{413, "too-many-keys",
                       fmt::format("this token may ask about {} keys at once", rate.at_once)};
  const auto wait = ticket.grant->keys->wait_ns_or_take(cost, steady_ns());
  if (wait)
    return HttpProblem{429, "rate",
                       fmt::format("this token may ask about {} keys a second", rate.per_second),
                       static_cast<int>(*wait / 1'000'000'000) + 1};
  ticket.charged = true;
  return std::nullopt;
}

std::optional<Reply> Api::answer(Ticket& ticket, std::string& body,
                                 const std::shared_ptr<Asker>& asker) {
  switch (ticket.endpoint) {
    case Endpoint::check:
      return check(ticket, body, asker);
    case Endpoint::explain:
      return explain(ticket, body, asker);
    case Endpoint::status:
      return json_reply(status_json(*published_.get()));
    case Endpoint::openapi:
      return json_reply(std::string(openapi_json()));
    case Endpoint::healthz:
      return json_reply("{\"status\":\"alive\"}\n");
    case Endpoint::readyz:
      return ready();
    case Endpoint::metrics: {
      Reply reply = json_reply(shared_.metrics.text(published_.get().get()));
      reply.content_type = "text/plain; version=0.0.4";
      return reply;
    }
    case Endpoint::days:
    case Endpoint::ledger:
    case Endpoint::runs:
    case Endpoint::newest_day:
      return document(ticket, wanted_document(ticket.endpoint, *published_.get(), &shared_.abort),
                      asker);
    case Endpoint::analyses:
      return document(ticket, analyses_document(*published_.get()), asker);
    case Endpoint::analysis:
      return analysis(ticket, body, asker);
    case Endpoint::page:
      return page_reply(*ticket.file, ticket.encoding, ticket.if_none_match);
    case Endpoint::other:
      break;
  }
  return reply_with({404, "no-such-path", "there is nothing here"});
}

std::optional<Reply> Api::check(Ticket& ticket, std::string& body,
                                const std::shared_ptr<Asker>& asker) {
  const auto most_keys = static_cast<std::size_t>(shared_.limits.keys);
  std::unique_ptr<LargeCheck> large;
  if (body.size() > kSmallBody) large = std::make_unique<LargeCheck>(std::move(body), counters_);
  auto question =
      large ? large->read(ticket.form, most_keys) : reader_.check(body, ticket.form, most_keys);
  if (!question) return reply_with(question.error());
  const auto& canal = question->campaign.canal;
  if (!ticket.grant->token.may_ask_about(canal))
    return reply_with({403, "canal",
                       canal.empty() ? "this token is for some canais only: name one in 'canal'"
                                     : "this token is not for that canal"});
  const std::size_t keys = question->keys.size();
  if (auto problem = charge(ticket, std::max<std::size_t>(keys, 1))) return reply_with(*problem);

  const auto published = published_.get();
  Result<CheckDesk> desk = tl::unexpected<Error>(Error{});
  if (!question->on || *question->on == published->today) {
    desk = desks_->today(published, question->campaign);
  } else if (const auto opened = published->past->find(*question->on)) {
    desk = Desks::past(*published, *opened, question->campaign, *question->on);
  } else {
    if (large) body = large->take_body();
    return open_past_day(published, *question->on, asker);
  }
  if (desk && desk->checker)
    if (const auto status = desk->checker->check_type(question->type); !status)
      desk = tl::unexpected<Error>(status.error());
  if (!desk) return reply_with(problem_of(desk.error()));

  Reply reply;
  reply.keys = keys;
  reply.content_type = ticket.answer_form == BodyForm::json ? kJson : kNdjson;
  if (large) {
    large->begin(std::move(*question), std::move(*desk), ticket.answer_form);
    reply.rest = std::move(large);
    return reply;
  }
  CheckAnswer answer(std::move(*question), std::move(*desk), ticket.answer_form);
  while (answer.next(reply.body)) {
  }
  counters_.keys(answer.counts());
  return reply;
}

std::optional<Reply> Api::analysis(const Ticket& ticket, std::string& body,
                                   const std::shared_ptr<Asker>& asker) {
  const auto question = reader_.analysis(body);
  if (!question) return reply_with(question.error());
  return document(ticket, analysis_document(*question, *published_.get(), &shared_.abort), asker);
}

std::optional<Reply> Api::document(const Ticket& ticket, const WantedDocument& wanted,
                                   const std::shared_ptr<Asker>& asker) {
  const auto document = shared_.documents.get(wanted, asker);
  if (!document) return std::nullopt;
  Reply reply;
  reply.headers = "Vary: Accept-Encoding\r\n";
  const bool gzip = ticket.encoding != Encoding::plain && !document->gzip.empty();
  if (gzip) reply.headers += "Content-Encoding: gzip\r\n";
  reply.body = gzip ? document->gzip : document->json;
  return reply;
}

std::optional<Reply> Api::offer(std::function<void()> job) {
  if (shared_.worker.offer(std::move(job))) return std::nullopt;
  return reply_with({503, "busy", "too many such questions wait already", 2});
}

std::optional<Reply> Api::open_past_day(std::shared_ptr<const Published> published, Date day,
                                        const std::shared_ptr<Asker>& asker) {
  return offer([published = std::move(published), day, asker, stop = &shared_.abort] {
    if (!published->past->find(day)) {
      auto opened = open_published(*published->plan, day, 1, stop);
      if (!opened) {
        log_event("past_day_failed", {{"day", day.iso()}, {"why", opened.error().what}});
        return asker->finish(reply_with(problem_of(opened.error())));
      }
      published->past->keep(day, std::move(*opened));
    }
    asker->again();
  });
}

std::optional<Reply> Api::explain(const Ticket& ticket, std::string& body,
                                  const std::shared_ptr<Asker>& asker) {
  auto asked = reader_.explain(body);
  if (!asked) return reply_with(asked.error());
  if (!ticket.grant->token.may_ask_about(asked->canal))
    return reply_with({403, "canal", "this token is for some canais only: name one in 'canal'"});
  ExplainOptions question;
  question.id_cliente = std::move(asked->id_cliente);
  question.canal = std::move(asked->canal);
  question.day = asked->on;
  question.stop = &shared_.abort;
  return offer([plan = published_.get()->plan, question = std::move(question), asker] {
    const auto explanation = quarentena::explain(*plan, question);
    if (explanation) return asker->finish(json_reply(to_json(*explanation)));
    if (explanation.error().kind != ErrorKind::config &&
        explanation.error().kind != ErrorKind::missing)
      log_event("explain_failed", {{"why", explanation.error().what}});
    asker->finish(reply_with(problem_of(explanation.error())));
  });
}

void Api::look_for_news() {
  desks_->keep_only(published_.get());
  tokens_.get();
}

Reply Api::ready() const {
  const auto published = shared_.published.get();
  if (shared_.draining) return reply_with({503, "draining", "the service is ending"});
  if (!published->index) return reply_with({503, "no-table", "nothing was published yet"});
  return json_reply("{\"status\":\"ready\"}\n");
}

}  // namespace quarentena::serve
