#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"

/// Files of this machine that must be whole: what can go wrong with them, told in one way.
namespace quarentena {

/// ErrorKind::machine: "cannot write /x: No space left on device", with what to do about a full
/// disk or a missing permission. `doing` is a verb: "write"; `code` an errno.
Error disk_error(const std::filesystem::path& file, const std::string& doing, int code);

/// Waits until the bytes are on the disk. Errors: machine.
Status sync_file(const std::filesystem::path& file);
/// The same of the names in a folder, where the file system can (FUSE and network ones may not).
Status sync_folder(const std::filesystem::path& folder);

/// Why a name that somebody else gave cannot be a path below a folder of ours; empty when it can:
/// relative, no part empty, "." or "..", none longer than file systems take.
std::string why_not_below(const std::string& relative);

}  // namespace quarentena
