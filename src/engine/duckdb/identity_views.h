#pragma once

#include "config/plan.h"
#include "engine/duckdb/database.h"

namespace quarentena::duck {

/// Over the view `quarentena_global`, which must be there, as must the identity functions:
///   identidades             every row's raw columns and, beside them, the keys that were asked for
///   identidades_rejeitadas  every value that gives no key, and why
/// Nothing is made when no key was asked for.
Status create_identity_views(Connection& connection, const IdentityKeys& keys);

}  // namespace quarentena::duck
