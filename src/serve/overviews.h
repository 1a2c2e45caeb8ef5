#pragma once

#include <atomic>

#include "serve/documents.h"
#include "serve/metrics.h"
#include "serve/published.h"
#include "serve/question.h"

namespace quarentena::serve {

/// GET /v1/analytics: what may be asked.
WantedDocument analyses_document(const Published& published);
/// POST /v1/analytics/run: an answer; the same question of one version of the table is asked of it
/// once.
WantedDocument analysis_document(const AnalysisQuestion& question, const Published& published,
                                 const std::atomic<bool>* stop);

/// How the document of an endpoint is made, and when it is made again. `stop` outlives its making.
WantedDocument wanted_document(Endpoint endpoint, const Published& published,
                               const std::atomic<bool>* stop);

}  // namespace quarentena::serve
