#pragma once

#include "sources/delivery.h"

namespace quarentena {

/// A source without the keys of `auth` that open what came (`pgp_key_file` and its like): a
/// transport signs in without them, and refuses what it does not know.
Source without_pgp(const Source& source);

/// What was delivered, with each file encrypted with PGP (decrypt.h) replaced by what it holds.
/// That is kept in the inbox for as long as the encrypted bytes stay the same, so an unchanged
/// message is not opened again, nor is its passphrase asked for. A delivery without such files is
/// returned as it is. Errors: as decrypt(), with the source and the file's name; data (a file is
/// there encrypted and not), machine (disk).
Result<Delivery> opened(Delivery delivery, const Source& source, const FetchContext& context);

}  // namespace quarentena
