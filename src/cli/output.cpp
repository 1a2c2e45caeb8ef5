#include "cli/output.h"

#include <cerrno>
#include <cstdio>

namespace quarentena::cli {
namespace {

bool lost = false;

void note(bool written) {
  if (!written && errno != EPIPE) lost = true;
}

}  // namespace

void write_out(std::string_view text) {
  note(std::fwrite(text.data(), 1, text.size(), stdout) == text.size());
}

void write_err(std::string_view text) {
  [[maybe_unused]] const auto written = std::fwrite(text.data(), 1, text.size(), stderr);
}

bool output_lost() {
  note(std::fflush(stdout) == 0);
  return lost;
}

}  // namespace quarentena::cli
