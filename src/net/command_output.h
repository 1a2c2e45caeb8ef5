#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace quarentena {

/// What `command`, run by /bin/sh, prints on its standard output. Its input is empty and its
/// messages are thrown away, for they may hold what must not be shown. Errors show the command's
/// first word only: config (it fails, prints nothing or more than 1 MiB), transient (timeout; it is
/// killed with what it started), machine (stopped, no process).
Result<Secret> command_output(const std::string& command, std::chrono::milliseconds timeout,
                              const std::atomic<bool>* stop);

}  // namespace quarentena
