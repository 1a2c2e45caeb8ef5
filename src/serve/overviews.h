#pragma once

#include <atomic>

#include "serve/documents.h"
#include "serve/metrics.h"
#include "serve/published.h"

namespace quarentena::serve {

/// How the document of an endpoint is made, and when it is made again. `stop` outlives its making.
WantedDocument wanted_document(Endpoint endpoint, const Published& published,
                               const std::atomic<bool>* stop);

}  // namespace quarentena::serve
