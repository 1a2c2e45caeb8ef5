#include "sources/format/number_format.h"

#include <gtest/gtest.h>

namespace quarentena {
namespace {

TEST(NumberFormat, knows_the_dates_among_the_builtin_formats) {
  EXPECT_EQ(builtin_number_kind(0), NumberKind::number);
  EXPECT_EQ(builtin_number_kind(14), NumberKind::date);
  EXPECT_EQ(builtin_number_kind(22), NumberKind::date);
  EXPECT_EQ(builtin_number_kind(20), NumberKind::time);
  EXPECT_EQ(builtin_number_kind(46), NumberKind::number);
  EXPECT_EQ(builtin_number_kind(49), NumberKind::number);
}

TEST(NumberFormat, sees_dates_by_their_tokens) {
  for (const char* code :
       {"yyyy-mm-dd", "DD/MM/YYYY", "d-mmm", "[$-416]d \"de\" mmmm \"de\" yyyy;@", "mmm\\-yy",
        "mmmm", "dd/mm/yyyy\\ hh:mm", "[Red]dd/mm/yy"}) {
    EXPECT_EQ(number_kind(code), NumberKind::date) << code;
  }
}

TEST(NumberFormat, sees_times_by_their_tokens) {
  for (const char* code : {"h:mm", "hh:mm:ss", "h:mm AM/PM", "mm:ss.0", "h\"h\"mm"}) {
    EXPECT_EQ(number_kind(code), NumberKind::time) << code;
  }
}

TEST(NumberFormat, is_not_misled_by_literal_text_colours_and_elapsed_time) {
  for (const char* code : {"General", "0.00", "#,##0", "0.00E+00", "@", "\"day\" 0", "0\\d",
                           "[Red]0", "0_d", "* 0", "[h]:mm:ss", "[mm]:ss", "#,##0.00 \"dias\"",
                           "000\".\"000\".\"000\"-\"00", "0;\"yd\"", ""}) {
    EXPECT_EQ(number_kind(code), NumberKind::number) << code;
  }
}

}  // namespace
}  // namespace quarentena
