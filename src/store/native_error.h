#pragma once

#include <string>

#include "base/error.h"

namespace quarentena {

/// What a qn_status other than QN_OK means to an operator.
ErrorKind kind_of_native(int status);

/// A text native/ gave; frees it.
std::string take_native_text(char* text);

/// An error about `place` in an object store; frees `text`. A message of several lines carries its
/// hint in the second.
Error store_error(int status, char* text, const std::string& place);

}  // namespace quarentena
