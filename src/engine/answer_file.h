#pragma once

#include <filesystem>
#include <vector>

#include "engine/table_query.h"

namespace quarentena {

/// Writes an answer that was gathered to one Parquet file, in place of what was there: whole as
/// INT64, real as DOUBLE, date, truth and text as they are. Errors: machine, auth.
Status write_parquet(const std::vector<AnswerColumn>& columns, const std::vector<AnswerRow>& rows,
                     const std::filesystem::path& file);

}  // namespace quarentena
