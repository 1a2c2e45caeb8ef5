#pragma once

#include <atomic>
#include <functional>

#include "base/error.h"
#include "config/plan.h"
#include "config/serve.h"

/// The published table, asked over HTTP (docs/api.md). Nothing here writes to the table.
namespace quarentena {

/// A configuration file, read.
struct ServeConfig {
  Plan plan;
  Serve serve;
};

struct ServeOptions {
  const std::atomic<bool>* stop = nullptr;  ///< true: drain, then return
  const std::atomic<int>* reload =
      nullptr;  ///< grows: configuration, tokens, certificates, log anew
  std::function<Result<ServeConfig>()> config_again;
};

/// Serves until it is told to stop, and then until what runs has ended or `drain_time` is over.
/// What is wrong at the start is an error: config (addresses, certificates; plain HTTP where it may
/// not be), auth and data (the file of tokens), those of open_index(). Later problems are told on
/// stderr, in lines of JSON, and what was good before goes on.
Status serve_http(const ServeConfig& config, const ServeOptions& options);

}  // namespace quarentena
