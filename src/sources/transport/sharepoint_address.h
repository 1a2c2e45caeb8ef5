#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace quarentena {

/// `tenant.sharepoint.com/sites/marketing/Documents/folder/file.xlsx` taken apart. Names are
/// written as people see them: spaces, accents, `#` and `%` as they are, nothing percent-encoded.
///   host/sites/NAME/LIBRARY/path      also /teams/, and subsites: /sites/NAME/SUB/LIBRARY/path
///   host/sites/SITE-ID/...            an id holds two commas
///   host/LIBRARY/path                 of the root site
///   host/.../DRIVE-ID/path            in a library's place; an id begins with `b!`
///   host/drives/DRIVE-ID/path         no site needed
///   host/.../DRIVE-ID/items/ITEM-ID   a file or a folder; a path or pattern below it may follow
struct SharePointAddress {
  std::string host;
  std::string site;     ///< "sites/marketing"; empty: the root site, or none needed
  std::string site_id;  ///< instead of `site`
  std::string drive_id;
  std::string item_id;
  /// The library first unless drive_id is known, then the path; patterns only below the library.
  std::vector<std::string> parts;
  /// So many of `parts` are the same on every day: they hold neither a pattern nor a date.
  std::size_t stable = 0;

  /// "sharepoint://host/sites/marketing" and so many of the parts.
  std::string shown(std::size_t parts_shown) const;
  std::string shown() const { return shown(parts.size()); }
};

/// `location` has its dates filled in and `sharepoint://` taken off; `written` is the location as
/// configured, from which is seen where the dates are. Error: config.
Result<SharePointAddress> sharepoint_address(const std::string& location,
                                             const std::string& written);

/// `*` and `?` are the only wildcards: SharePoint allows neither in a name, but brackets.
bool is_sharepoint_pattern(std::string_view text);
/// As SharePoint compares names: letters of ASCII without regard to case. `?` is one character of
/// UTF-8, not one byte.
bool matches_name(std::string_view pattern, std::string_view name);

/// Where Graph and the identity platform of a host's cloud are (commercial, China, US Government).
struct MicrosoftCloud {
  const char* graph;
  const char* authority;
};
MicrosoftCloud cloud_of(std::string_view host);

}  // namespace quarentena
