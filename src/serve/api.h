#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/serve.h"
#include "serve/current.h"
#include "serve/documents.h"
#include "serve/metrics.h"
#include "serve/page.h"
#include "serve/published.h"
#include "serve/question.h"
#include "serve/reply.h"
#include "serve/tokens.h"
#include "serve/worker.h"

namespace quarentena::serve {

/// The bytes of large bodies that may be in memory at once. Safe from any thread.
class BodyBudget {
 public:
  explicit BodyBudget(std::int64_t bytes) : left_(bytes) {}
  bool take(std::int64_t bytes);
  void give_back(std::int64_t bytes) { left_.fetch_add(bytes); }

 private:
  std::atomic<std::int64_t> left_;
};

/// What the API's address offers beside the API.
struct OnApi {
  bool metrics = false;  ///< `metrics` and `listen` are the same address
  bool page = true;
};

/// What all threads share.
struct Shared {
  explicit Shared(const Serve& serve);

  const Serve::Limits limits;
  const OnApi on_api;
  Current<Published> published;
  Current<TokenSet> tokens;
  Metrics metrics;
  BodyBudget bodies;
  /// Wrong tokens that are answered at once; the others wait (Reply::delay_ms).
  TokenBucket wrong_tokens{{100, 100}};
  std::atomic<bool> draining{false};
  std::atomic<bool> abort{false};  ///< ends what the worker does
  Worker worker;                   ///< this and the next are last: they end first
  Documents documents;
};

/// What a listener offers.
enum class Door {
  api,
  metrics,       ///< for whoever has a token with the scope
  open_metrics,  ///< on a loopback address: without one
};

/// A request without its body. The texts live as long as the request.
struct Head {
  std::string_view method, target, authorization, content_type, accept, accept_encoding;
  std::string_view if_none_match;
  std::optional<std::uint64_t> content_length;
  bool has_body = false;
};

/// A request that was let in.
struct Ticket {
  Endpoint endpoint = Endpoint::other;
  std::string_view method = "other";  ///< a literal, for the log
  BodyForm form = BodyForm::json;
  BodyForm answer_form = BodyForm::json;
  const PageFile* file = nullptr;  ///< of Endpoint::page
  Encoding encoding = Encoding::plain;
  std::string if_none_match;
  bool bad_token = false;  ///< refused for the token, or for having none
  bool charged = false;
  std::shared_ptr<const TokenSet> tokens;  ///< keeps `grant` alive
  const Grant* grant = nullptr;            ///< null: no token was asked for
};

/// One thread's answers to requests, whatever they came over.
class Api {
 public:
  Api(Shared& shared, Counters& counters);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// Judges the head before the body is read: a reply refuses.
  std::optional<Reply> admit(Door door, const Head& head, Ticket& ticket);

  /// Nothing: `asker` is told later, on another thread; `body` must be there until then. A large
  /// body may be taken.
  std::optional<Reply> answer(Ticket& ticket, std::string& body,
                              const std::shared_ptr<Asker>& asker);

  /// Also a thread that nobody asks lets go of a table and of tokens that are over.
  void look_for_news();

 private:
  class Desks;
  std::optional<Reply> refuse_token(std::string_view authorization, Ticket& ticket);
  std::optional<Reply> check(Ticket& ticket, std::string& body,
                             const std::shared_ptr<Asker>& asker);
  std::optional<Reply> explain(const Ticket& ticket, std::string& body,
                               const std::shared_ptr<Asker>& asker);
  std::optional<Reply> open_past_day(std::shared_ptr<const Published> published, Date day,
                                     const std::shared_ptr<Asker>& asker);
  std::optional<Reply> offer(std::function<void()> job);
  std::optional<HttpProblem> charge(Ticket& ticket, std::size_t keys) const;
  std::optional<Reply> document(const Ticket& ticket, const WantedDocument& wanted,
                                const std::shared_ptr<Asker>& asker);
  std::optional<Reply> analysis(const Ticket& ticket, std::string& body,
                                const std::shared_ptr<Asker>& asker);
  Reply ready() const;

  Shared& shared_;
  Counters& counters_;
  Current<Published>::Reader published_;
  Current<TokenSet>::Reader tokens_;
  QuestionReader reader_;  ///< of small bodies
  std::unique_ptr<Desks> desks_;
};

/// docs/openapi.json.
std::string_view openapi_json();

/// GET /v1/status.
std::string status_json(const Published& published);

}  // namespace quarentena::serve
