#include "serve/page.h"

#include <fmt/format.h>

#include <algorithm>

#include "serve/page_files.h"

namespace quarentena::serve {
namespace {

/// Nothing from elsewhere, nothing inline, nowhere to send anything but here, in nobody's frame.
constexpr std::string_view kPolicy =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src "
    "'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "X-Content-Type-Options: nosniff\r\n";

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// `q=0`, `q=0.0`, ...
bool refuses(std::string_view parameters) {
  const auto at = parameters.find("q=");
  if (at == std::string_view::npos) return false;
  const auto weight = parameters.substr(at + 2);
  return !weight.empty() && weight.find_first_not_of("0. ") == std::string_view::npos;
}

}  // namespace

Encoding best_encoding(std::string_view accept_encoding) {
  auto best = Encoding::plain;
  while (!accept_encoding.empty()) {
    const std::size_t comma = std::min(accept_encoding.find(','), accept_encoding.size());
    const auto part = accept_encoding.substr(0, comma);
    accept_encoding.remove_prefix(std::min(comma + 1, accept_encoding.size()));
    const std::size_t end = std::min(part.find(';'), part.size());
    if (refuses(part.substr(end))) continue;
    const auto name = trimmed(part.substr(0, end));
    if (name == "br") return Encoding::brotli;
    if (name == "gzip") best = Encoding::gzip;
  }
  return best;
}

const PageFile* find_page_file(std::string_view path) {
  const auto files = page_files();
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const PageFile& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

Reply page_reply(const PageFile& file, Encoding encoding, std::string_view if_none_match) {
  Reply reply;
  reply.content_type = file.content_type;
  // The names of assets change with their content.
  reply.cache =
      file.path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
  reply.headers = fmt::format("{}ETag: {}\r\nVary: Accept-Encoding\r\n", kPolicy, file.etag);
  if (if_none_match.find(file.etag) != std::string_view::npos) {
    reply.status = 304;
    return reply;
  }
  if (encoding == Encoding::brotli) {
    reply.headers += "Content-Encoding: br\r\n";
    reply.body = file.brotli;
  } else if (encoding == Encoding::gzip) {
    reply.headers += "Content-Encoding: gzip\r\n";
    reply.body = file.gzip;
  } else {
    reply.body = file.plain;
  }
  return reply;
}

}  // namespace quarentena::serve
