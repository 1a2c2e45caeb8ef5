#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "lookup/lookup.h"

/// Keys as the index holds them. Internal to src/lookup.
namespace quarentena {

/// SipHash (Aumasson, Bernstein 2012), with the 1-3 rounds of Rust's and Python's tables, under a
/// secret of this machine: who gets an index file alone can neither read a key from it nor try keys
/// against it, of which a phone and a CPF have few enough to try all.
using HashSecret = std::array<std::uint64_t, 2>;

/// Of eight bytes (`first`, little-endian) followed by `rest`.
std::uint64_t siphash(const HashSecret& secret, std::uint64_t first, std::string_view rest);

/// The secret in `<folder>/key`, made when it is not there; a file that only its owner reads.
/// Processes that make it at once end with one. Errors: machine, auth.
Result<HashSecret> secret_in(const std::filesystem::path& folder);

/// Tells secrets apart and gives none away.
std::uint64_t fingerprint(const HashSecret& secret);

/// nullopt: the text is empty or no such key. An id_cliente counts without outer blanks; e-mail,
/// phone and CPF go in as the SHA-256 of their key, so that a digest finds what a text does.
std::optional<std::uint64_t> key_hash(const HashSecret& secret, KeyType type,
                                      std::string_view text);

}  // namespace quarentena
