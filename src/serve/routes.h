#pragma once

#include <optional>
#include <string_view>

#include "serve/api.h"

namespace quarentena::serve {

/// What is at a path, and who may ask for it.
struct Route {
  std::string_view path;
  Endpoint endpoint;
  bool post;                   ///< else GET and HEAD
  std::optional<Scope> scope;  ///< absent: anybody
};

/// Null: there is nothing at that path behind that door. `path` is the target without its query.
const Route* find_route(std::string_view path, Door door, const OnApi& on_api);

/// What a body of a content type is; absent: none that is read. Parameters do not count.
std::optional<BodyForm> form_of_body(std::string_view content_type);

/// What to answer in. Absent: nothing that `accept` names.
std::optional<BodyForm> form_of_answer(std::string_view accept, BodyForm asked_in);

}  // namespace quarentena::serve
