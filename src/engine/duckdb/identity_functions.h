#pragma once

#include "engine/duckdb/database.h"

namespace quarentena::duck {

/// Registers the keys of identity/identity.h. NULL gives NULL.
///   cpf_key, telefone_key, email_key (VARCHAR) -> VARCHAR: the key, NULL when there is none.
///   cpf_reason, telefone_reason, email_reason (VARCHAR) -> VARCHAR: why there is none; NULL when
///   there is one, and for a blank text, which is absent rather than wrong.
Status register_identity_functions(Connection& connection);

}  // namespace quarentena::duck
