#include "base/event_line.h"

#include <gtest/gtest.h>

namespace quarentena {
namespace {

std::string after_time(const std::string& line) { return line.substr(line.find(",\"event\"")); }

TEST(EventLine, IsAnObjectOnALineOfItsOwn) {
  const auto line = event_line("found", {{"source", "crm"}, {"files", "2"}});
  EXPECT_EQ(line.substr(0, 9), "{\"time\":\"");
  EXPECT_EQ(after_time(line), ",\"event\":\"found\",\"source\":\"crm\",\"files\":\"2\"}\n");
}

TEST(EventLine, NoValueBreaksOutOfItsString) {
  EXPECT_EQ(after_time(event_line("e", {{"a", "\"\\\n\x01 ação"}})),
            ",\"event\":\"e\",\"a\":\"\\\"\\\\\\u000a\\u0001 ação\"}\n");
}

TEST(EventLine, WhatIsNotUtf8IsShownAsAQuestionMark) {
  EXPECT_EQ(after_time(event_line("e", {{"a", "a\xE7\xE3o \xF0\x9F"}})),
            ",\"event\":\"e\",\"a\":\"a??o ??\"}\n");
}

}  // namespace
}  // namespace quarentena
