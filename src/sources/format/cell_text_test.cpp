#include "sources/format/cell_text.h"

#include <gtest/gtest.h>

#include <string>

namespace quarentena {
namespace {

std::string number(std::string_view value) {
  TextArena arena;
  return std::string(number_text(value, arena));
}

std::string date(std::string_view value, DateSystem system = DateSystem::from_1900) {
  TextArena arena;
  return std::string(serial_text(value, NumberKind::date, system, arena));
}

std::string time(std::string_view value) {
  TextArena arena;
  return std::string(serial_text(value, NumberKind::time, DateSystem::from_1900, arena));
}

TEST(NumberText, writes_integers_without_point_and_exponent) {
  EXPECT_EQ(number("12345678901"), "12345678901");
  EXPECT_EQ(number("1.2345678901E10"), "12345678901");
  EXPECT_EQ(number("999999999.0"), "999999999");
  EXPECT_EQ(number("9.99999999E+8"), "999999999");
  EXPECT_EQ(number("1E3"), "1000");
  EXPECT_EQ(number("12000e-3"), "12");
  EXPECT_EQ(number("0"), "0");
  EXPECT_EQ(number("-0"), "0");
  EXPECT_EQ(number("0.0"), "0");
  EXPECT_EQ(number("-5.0"), "-5");
  EXPECT_EQ(number("007"), "7");
  EXPECT_EQ(number(" 42 "), "42");
  EXPECT_EQ(number("+42"), "42");
}

TEST(NumberText, loses_no_digit_of_large_integers) {
  EXPECT_EQ(number("12345678901234567890123"), "12345678901234567890123");
  EXPECT_EQ(number("1.2345678901234567E+19"), "12345678901234567000");
}

TEST(NumberText, writes_other_numbers_in_the_shortest_way_that_is_exact) {
  EXPECT_EQ(number("44.990000000000002"), "44.99");
  EXPECT_EQ(number("0.1"), "0.1");
  EXPECT_EQ(number("-1.5E-3"), "-0.0015");
  EXPECT_EQ(number("1.25E1"), "12.5");
}

TEST(NumberText, leaves_alone_what_is_no_number) {
  EXPECT_EQ(number("abc"), "abc");
  EXPECT_EQ(number("NaN"), "NaN");
  EXPECT_EQ(number("1e999999999"), "1e999999999");
  EXPECT_EQ(number("-"), "-");
  EXPECT_EQ(number(""), "");
}

TEST(SerialText, counts_days_in_both_systems) {
  EXPECT_EQ(date("45420"), "2024-05-08");
  EXPECT_EQ(date("43958", DateSystem::from_1904), "2024-05-08");
  EXPECT_EQ(date("45351"), "2024-02-29");
  EXPECT_EQ(date("1"), "1900-01-01");
  EXPECT_EQ(date("59"), "1900-02-28");
  EXPECT_EQ(date("61"), "1900-03-01");
  EXPECT_EQ(date("2958465"), "9999-12-31");
  EXPECT_EQ(date("0", DateSystem::from_1904), "1904-01-01");
}

TEST(SerialText, gives_a_day_no_calendar_has_for_the_one_excel_invented) {
  EXPECT_EQ(date("60"), "1900-02-29");
}

TEST(SerialText, adds_the_time_and_never_leaves_the_day) {
  EXPECT_EQ(date("45420.0"), "2024-05-08");
  EXPECT_EQ(date("45420.5"), "2024-05-08T12:00:00");
  EXPECT_EQ(date("45420.999305555553"), "2024-05-08T23:59:00");
  EXPECT_EQ(date("45420.99999999"), "2024-05-08T23:59:59");
  EXPECT_EQ(date("45419.9999999999"), "2024-05-07T23:59:59");
  EXPECT_EQ(date("4.542E4"), "2024-05-08");
}

TEST(SerialText, gives_a_time_of_day_as_such) {
  EXPECT_EQ(time("0.5"), "12:00:00");
  EXPECT_EQ(time("0.4375"), "10:30:00");
  EXPECT_EQ(time("45420.25"), "2024-05-08T06:00:00");
}

TEST(SerialText, leaves_numbers_that_are_no_dates) {
  EXPECT_EQ(date("-1"), "-1");
  EXPECT_EQ(date("2958466"), "2958466");
  EXPECT_EQ(date("20240528"), "20240528");
  EXPECT_EQ(date("1e300").size(), 301u);
  EXPECT_EQ(date("x"), "x");
}

TEST(IsoDateText, drops_a_midnight_and_keeps_other_times) {
  EXPECT_EQ(iso_date_text("2024-05-28"), "2024-05-28");
  EXPECT_EQ(iso_date_text("2024-05-28T00:00:00.000Z"), "2024-05-28");
  EXPECT_EQ(iso_date_text("2024-05-28T10:30:00"), "2024-05-28T10:30:00");
}

}  // namespace
}  // namespace quarentena
