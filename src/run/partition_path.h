#pragma once

#include <string>

#include "base/date.h"

namespace quarentena {

/// `data_carga=2024-05-28/canal=CRM`, special characters escaped as Hive and Spark do (`%2F`).
std::string partition_path(Date data_carga, const std::string& canal);

/// Percent-encoding of a path as Delta's log wants it; `/` and `=` stay.
std::string uri_encoded(const std::string& path);

}  // namespace quarentena
