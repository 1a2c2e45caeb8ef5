#pragma once

#include "sources/delivery.h"
#include "table/table.h"

namespace quarentena {

/// Where the Delta table `catalog.schema.table` is, with its storage opened by the catalog's
/// temporary credentials. Errors: those of UnityCatalog; config when it is not a Delta table.
Result<TableAt> locate_catalog_table(const std::string& name, const Source& source,
                                     const FetchContext& context);

}  // namespace quarentena
