#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sources/format/byte_source.h"

namespace quarentena {

/// The same text as UTF-8 without a byte order mark. `encoding` is CsvOptions::encoding; `name` is
/// how errors call the file and `format` what it should be.
///
/// UTF-8 passes as it is, so bytes that are not UTF-8 stay for the reader to reject by line; so
/// does half a surrogate pair of UTF-16, as three bytes that are not UTF-8 either. Errors: data
/// (empty, no text at all, or plainly another encoding than configured).
Result<std::unique_ptr<ByteSource>> decode_text(std::unique_ptr<ByteSource> bytes,
                                                std::string_view encoding, const std::string& name,
                                                std::string_view format);

/// Appends one code point as UTF-8; surrogates too, as the three bytes that are not valid.
void append_utf8(std::string& out, char32_t code);

bool is_utf8(std::string_view text);

/// At most `size` bytes of text an operator may read: valid UTF-8, cut between characters, what is
/// not UTF-8 replaced by U+FFFD.
std::string presentable(std::string_view text, std::size_t size);

}  // namespace quarentena
