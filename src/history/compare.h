#pragma once

#include <string>
#include <vector>

#include "run/report.h"

namespace quarentena {

/// Something in which two runs differ, each as text; empty: one of them has it not.
struct RunDifference {
  enum class Of { version, input, count, time };
  Of of = Of::version;
  std::string what;  ///< "crm: digest", "canal CRM: entered", "step load"
  std::string a, b;
};
const char* name(RunDifference::Of of);

/// In the order of Of; what is the same in both is left out. Pure.
std::vector<RunDifference> differences(const RunReport& a, const RunReport& b);

}  // namespace quarentena
