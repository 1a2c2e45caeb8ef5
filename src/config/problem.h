#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/plan.h"

namespace quarentena {

/// One thing to correct in quarentena.yml. No field holds a secret, even one typed into the file.
struct Problem {
  Position at;          ///< line 0: the file as a whole
  std::string message;  ///< "unknown key 'separater'; did you mean 'separator'?"
  std::string hint;     ///< what to do; may be empty
  std::string line;     ///< the line of the file to show; empty when it may hold a secret
};

/// Every problem of one file, in the file's order.
struct Problems {
  std::string file;  ///< as the user named it
  std::vector<Problem> list;
};

/// As compilers write them, one after another, without a newline at the end:
///
///     quarentena.yml:12:5: error: unknown key 'separater'; did you mean 'separator'?
///        12 |     separater: ";"
///           |     ^
///       hint: ...
std::string format_problems(const Problems& problems);

/// 'text' in single quotes for a message: control characters escaped, long text shortened.
std::string in_quotes(std::string_view text);

/// Byte offset of the first byte that is not UTF-8; npos when all of it is.
std::size_t first_invalid_utf8(std::string_view text);

/// The part of an address after `scheme://` has a password before its host: `user:password@host`,
/// or a `host:port` whose port is none, since a password may be cut short.
bool has_password(std::string_view after_scheme);

/// The line looks as if it held a credential (a key such as `password:`, an address with a password
/// or a signature), so it must not be printed.
bool may_hold_secret(std::string_view line);

}  // namespace quarentena
