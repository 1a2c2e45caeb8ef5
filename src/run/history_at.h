#pragma once

#include "table/table.h"

namespace quarentena {

/// `<table>_runs`, on the same store: the history of runs, which src/history keeps.
TableAt history_at(const TableAt& table);

}  // namespace quarentena
