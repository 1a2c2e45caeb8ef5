#pragma once

#include <string>
#include <vector>

#include "rules/rules.h"

namespace quarentena::duck {

/// A query of `relation` with these columns alone, each where its path says: of a struct only the
/// fields that are asked for. A column that is asked for whole and in part comes whole.
std::string only_columns(const Relation& relation);

}  // namespace quarentena::duck
