#include "run/history_at.h"

namespace quarentena {

TableAt history_at(const TableAt& table) {
  auto location = table.location;
  while (location.size() > 1 && location.back() == '/') location.pop_back();
  return TableAt(location + "_runs", table.store);
}

}  // namespace quarentena
