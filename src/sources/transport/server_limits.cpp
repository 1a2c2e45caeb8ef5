#include "sources/transport/server_limits.h"

namespace quarentena {

using std::chrono::milliseconds;

ServerLimits server_limits(const Source& source) {
  const auto& limits = source.limits;
  ServerLimits out;
  out.timeouts.connect = milliseconds(limits.connect_timeout_ms);
  out.timeouts.stall = milliseconds(limits.stall_timeout_ms);
  out.retry.retry_after_budget = milliseconds(limits.patience_ms);
  if (limits.max_connections > 0) out.max_connections = limits.max_connections;
  return out;
}

StoreLimits store_limits(const Source& source) {
  const auto& limits = source.limits;
  StoreLimits out;
  out.connect = milliseconds(limits.connect_timeout_ms);
  out.stall = milliseconds(limits.stall_timeout_ms);
  out.patience = milliseconds(limits.patience_ms);
  if (limits.max_connections > 0) out.max_connections = limits.max_connections;
  return out;
}

}  // namespace quarentena
