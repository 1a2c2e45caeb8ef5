#include "config/schema.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/source_folder_for_tests.h"
#include "config/reference.h"

namespace quarentena {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = source_folder();

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// QUARENTENA_UPDATE_GOLDEN=1 writes the file; review it with git diff.
void expect_committed(const fs::path& file, const std::string& generated) {
  if (std::getenv("QUARENTENA_UPDATE_GOLDEN") != nullptr) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << generated;
  }
  EXPECT_TRUE(read(file) == generated)
      << file << " is stale: run config_test with QUARENTENA_UPDATE_GOLDEN=1 and commit it";
}

/// Debian's packages belong to /usr/bin/python3; another python3 may come first on the PATH.
std::string python_with_jsonschema() {
  for (const char* python : {"/usr/bin/python3", "python3"}) {
    const std::string command =
        fmt::format("{} -W ignore -c 'import jsonschema, yaml' 2>/dev/null", python);
    if (std::system(command.c_str()) == 0) return python;
  }
  return {};
}

TEST(JsonSchema, CommittedForEditorsIsTheGeneratedOne) {
  expect_committed(kRoot / "docs/quarentena.schema.json", json_schema());
}

TEST(JsonSchema, AcceptsTheGoodFilesAndRefusesTheBadOnes) {
  const std::string python = python_with_jsonschema();
  ASSERT_FALSE(python.empty()) << "install python3-jsonschema and python3-yaml";
  const fs::path data = kRoot / "src/config/testdata";
  const fs::path schema =
      fs::path(testing::TempDir()) / fmt::format("quarentena_schema_{}.json", ::getpid());
  std::ofstream(schema) << json_schema();
  const std::string command = fmt::format("{} -W ignore '{}' '{}' '{}' '{}' >&2", python,
                                          (data / "schema_check.py").string(), schema.string(),
                                          (data / "good").string(), (data / "bad").string());
  EXPECT_EQ(std::system(command.c_str()), 0);
  fs::remove(schema);
}

TEST(Reference, CommittedIsTheGeneratedOne) {
  expect_committed(kRoot / "docs/configuration.md", configuration_reference_markdown());
}

}  // namespace
}  // namespace quarentena
