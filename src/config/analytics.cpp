#include "config/analytics.h"

#include "config/accepted_file.h"

namespace quarentena {
namespace fs = std::filesystem;

Result<fs::path> load_analyses_folder(const fs::path& file) {
  const auto read = [](const yaml::Node& root, const fs::path& folder, std::vector<Problem>&) {
    const auto* analytics = yaml::child(root, "analytics", yaml::Node::Kind::map);
    const auto* own =
        analytics ? yaml::child(*analytics, "folder", yaml::Node::Kind::text) : nullptr;
    return own ? (folder / own->scalar).lexically_normal() : fs::path();
  };
  return read_accepted<fs::path>(file, read);
}

}  // namespace quarentena
