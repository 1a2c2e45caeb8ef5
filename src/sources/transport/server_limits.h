#pragma once

#include "config/plan.h"
#include "net/http.h"
#include "store/object_store.h"

namespace quarentena {

/// `connect_timeout`, `stall_timeout`, `patience` and `max_connections` of a source, as those who
/// speak with its server take them.
ServerLimits server_limits(const Source& source);
StoreLimits store_limits(const Source& source);

}  // namespace quarentena
