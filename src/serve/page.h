#pragma once

#include <optional>
#include <string_view>

#include "serve/reply.h"

/// The page for people (web/), built into the binary. It is the same for everybody and holds no
/// data: what it shows it asks the API for, with the token of who looks.
namespace quarentena::serve {

/// One file of it, as it is and compressed.
struct PageFile {
  std::string_view path;  ///< "/", "/assets/index-Bx1.js"
  std::string_view content_type;
  std::string_view etag;  ///< with its quotes
  std::string_view plain, gzip, brotli;
};

enum class Encoding { plain, gzip, brotli };
/// The best that `accept_encoding` allows. What it says with `q=0` it does not.
Encoding best_encoding(std::string_view accept_encoding);

/// Null: no such file.
const PageFile* find_page_file(std::string_view path);

/// 304 when `if_none_match` names it.
Reply page_reply(const PageFile& file, Encoding encoding, std::string_view if_none_match);

}  // namespace quarentena::serve
