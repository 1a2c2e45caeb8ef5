#include "sources/format/inflate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/format/delivery_for_tests.h"

namespace quarentena {
namespace {

using ::testing::HasSubstr;

class Inflate : public ::testing::Test {
 protected:
  /// What comes out of a gzip file under these limits, or the error's text.
  std::string unpack(const std::string& packed, const InflateLimits& limits, std::size_t step) {
    auto file = File::open(folder_.write("x.gz", packed));
    auto range = std::make_unique<FileRange>(*file, 0, (*file)->size());
    const auto source = inflate_gzip(std::move(range), "x.gz", limits);
    std::string text;
    std::string block(step, '\0');
    for (;;) {
      auto got = source->read(block.data(), step);
      if (!got) return got.error().what;
      if (*got == 0) return text;
      text.append(block, 0, *got);
    }
  }

  testing::Folder folder_;
};

TEST_F(Inflate, stops_at_a_ratio_that_no_export_has) {
  const std::string packed = testing::gzip(std::string(2'000'000, '0'));
  const InflateLimits strict{std::uint64_t{1} << 30, 50, 1'000'000};
  EXPECT_THAT(unpack(packed, strict, 65536), HasSubstr("zip bomb"));
  EXPECT_EQ(unpack(packed, {}, 65536).size(), 2'000'000u);
}

TEST_F(Inflate, stops_at_a_size_whatever_the_ratio) {
  const InflateLimits strict{100'000, 1'000'000, 0};
  EXPECT_THAT(unpack(testing::gzip(std::string(2'000'000, '0')), strict, 65536),
              HasSubstr("zip bomb"));
}

TEST_F(Inflate, gives_the_same_bytes_in_steps_of_any_size) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919) + "\n";
  std::string packed;
  for (std::size_t at = 0; at < text.size(); at += 50'001) {
    packed += testing::gzip(text.substr(at, 50'001));
  }
  for (const std::size_t step : {1u, 7u, 4096u, 1000000u}) {
    EXPECT_EQ(unpack(packed + std::string(600, '\0'), {}, step), text) << "step " << step;
  }
  EXPECT_THAT(unpack(packed + "x", {}, 4096), HasSubstr("something else after the gzip data"));
}

}  // namespace
}  // namespace quarentena
