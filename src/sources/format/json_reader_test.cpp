#include "sources/format/json_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/format/delivery_for_tests.h"

namespace quarentena {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::read_all;
using testing::Reading;
using testing::Row;
using ::testing::SizeIs;

constexpr std::nullopt_t kNull = std::nullopt;

class Json : public ::testing::Test {
 protected:
  Reading read(const std::string& bytes, const std::vector<std::string>& columns = {"id"}) {
    return read_all(folder_.write("dados.json", bytes), JsonOptions{}, columns);
  }

  testing::Folder folder_;
};

TEST_F(Json, reads_one_object_a_line) {
  const Reading reading = read("{\"id\":\"1\"}\n\n {\"id\":\"2\"} \r\n{\"id\":\"3\"}");
  EXPECT_THAT(reading.rows, ElementsAre(Row{"1"}, Row{"2"}, Row{"3"}));
  EXPECT_THAT(reading.places, ElementsAre(1, 3, 4));
}

TEST_F(Json, reads_an_array_and_counts_its_elements) {
  const Reading reading = read("[{\"id\":\"1\"},\n {\"id\":\"2\"}\n , {\"id\":\"3\"}]\n");
  EXPECT_THAT(reading.rows, ElementsAre(Row{"1"}, Row{"2"}, Row{"3"}));
  EXPECT_THAT(reading.places, ElementsAre(1, 2, 3));
  EXPECT_THAT(read("[]").rows, IsEmpty());
}

TEST_F(Json, reads_objects_over_several_lines_and_several_on_a_line) {
  const Reading reading =
      read("{\n \"id\": \"1\"\n}\n{\n \"id\": \"2\"}{\"id\":\"3\"}\n{\"id\":\"4\"}\n");
  EXPECT_THAT(reading.rows, ElementsAre(Row{"1"}, Row{"2"}, Row{"3"}, Row{"4"}));
  EXPECT_THAT(reading.places, ElementsAre(1, 4, 5, 6));
}

TEST_F(Json, follows_paths_and_finds_keys_that_hold_dots) {
  EXPECT_THAT(
      read("{\"c\":{\"x\":1,\"e\":{\"f\":\"a\"}}}\n{\"c.e.f\":\"b\"}\n{\"c\":7}\n", {"c.e.f"}).rows,
      ElementsAre(Row{"a"}, Row{"b"}, Row{kNull}));
}

TEST_F(Json, keeps_numbers_as_they_are_written) {
  EXPECT_THAT(read("{\"id\":123456789012345678901234567890}\n{\"id\":1.50}\n{\"id\":-1e+3}\n").rows,
              ElementsAre(Row{"123456789012345678901234567890"}, Row{"1.50"}, Row{"-1e+3"}));
}

TEST_F(Json, rejects_numbers_with_leading_zeros_and_says_why) {
  const Reading reading = read("{\"id\":00123}\n{\"id\":\"00123\"}\n");
  EXPECT_THAT(reading.rows, ElementsAre(Row{"00123"}));
  ASSERT_THAT(reading.malformed, SizeIs(1));
  EXPECT_EQ(reading.malformed[0].column, "id");
  EXPECT_THAT(reading.malformed[0].reason, HasSubstr("in quotes"));
}

TEST_F(Json, gives_booleans_nulls_objects_and_arrays_as_text) {
  EXPECT_THAT(read("{\"id\":true}\n{\"id\":null}\n{\"id\":{\"a\": [1, 2]} }\n{\"id\": [1,\"b\"] "
                   "}\n{}\n{\"id\":\"\"}\n")
                  .rows,
              ElementsAre(Row{"true"}, Row{kNull}, Row{"{\"a\": [1, 2]}"}, Row{"[1,\"b\"]"},
                          Row{kNull}, Row{""}));
}

TEST_F(Json, decodes_escapes_in_values_and_keys) {
  EXPECT_THAT(read("{\"\\u0069d\":\"a\\\"b\\n\\u00e9\\ud83d\\udd25\"}\n").rows,
              ElementsAre(Row{"a\"b\n\xc3\xa9\xf0\x9f\x94\xa5"}));
}

TEST_F(Json, of_a_repeated_key_the_first_counts) {
  EXPECT_THAT(read("{\"id\":1,\"id\":2}\n").rows, ElementsAre(Row{"1"}));
}

TEST_F(Json, gives_one_row_for_each_element_of_an_array_on_the_path) {
  const Reading reading = read(
      "{\"id\":1,\"c\":[{\"e\":\"a\",\"t\":\"x\"},{\"e\":\"b\"}]}\n{\"id\":2,\"c\":[]}\n"
      "{\"id\":3,\"c\":[null,{\"e\":\"d\"}]}\n",
      {"id", "c.e", "c.t"});
  EXPECT_THAT(reading.rows,
              ElementsAre(Row{"1", "a", "x"}, Row{"1", "b", kNull}, Row{"2", kNull, kNull},
                          Row{"3", kNull, kNull}, Row{"3", "d", kNull}));
  EXPECT_THAT(reading.places, ElementsAre(1, 1, 2, 3, 3));
}

TEST_F(Json, combines_two_arrays_side_by_side_and_follows_one_inside_another) {
  EXPECT_THAT(
      read("{\"c\":[{\"e\":1},{\"e\":2}],\"m\":[{\"d\":3},{\"d\":4}]}\n", {"c.e", "m.d"}).rows,
      ElementsAre(Row{"1", "3"}, Row{"1", "4"}, Row{"2", "3"}, Row{"2", "4"}));
  EXPECT_THAT(
      read("{\"a\":[{\"n\":1,\"b\":[{\"x\":5},{\"x\":6}]},{\"n\":2}]}\n", {"a.n", "a.b.x"}).rows,
      ElementsAre(Row{"1", "5"}, Row{"1", "6"}, Row{"2", kNull}));
}

TEST_F(Json, hands_out_a_record_of_more_rows_than_a_batch_holds) {
  std::string text = "{\"id\":1,\"c\":[";
  for (int i = 0; i < 5000; ++i)
    text += (i == 0 ? "{\"e\":" : ",{\"e\":") + std::to_string(i) + "}";
  const Reading reading = read(text + "]}\n{\"id\":2}\n", {"id", "c.e"});
  ASSERT_THAT(reading.rows, SizeIs(5001));
  EXPECT_EQ(reading.rows[4999], (Row{"1", "4999"}));
  EXPECT_EQ(reading.rows[5000], (Row{"2", kNull}));
}

TEST_F(Json, gives_a_value_as_text_and_what_is_below_it_when_both_are_columns) {
  EXPECT_THAT(read("{\"c\":{\"d\":1},\"z\":5}\n{\"c\":[{\"d\":1},{\"d\":2}],\"z\":6}\n{\"c\":[]}\n"
                   "{\"c\":{}}\n{\"c\":\"x\"}\n",
                   {"c", "c.d", "z"})
                  .rows,
              ElementsAre(Row{"{\"d\":1}", "1", "5"}, Row{"[{\"d\":1},{\"d\":2}]", "1", "6"},
                          Row{"[{\"d\":1},{\"d\":2}]", "2", "6"}, Row{"[]", kNull, kNull},
                          Row{"{}", kNull, kNull}, Row{"x", kNull, kNull}));
}

TEST_F(Json, bounds_the_rows_of_one_record) {
  std::string list = "[";
  for (int i = 0; i < 400; ++i) list += i == 0 ? "{\"e\":1}" : ",{\"e\":1}";
  list += "]";
  const Reading reading = read("{\"a\":" + list + ",\"b\":" + list + "}\n", {"a.e", "b.e"});
  EXPECT_THAT(reading.rows, IsEmpty());
  ASSERT_THAT(reading.malformed, SizeIs(1));
  EXPECT_THAT(reading.malformed[0].reason, HasSubstr("more than 100000 rows"));
}

TEST_F(Json, rejects_a_damaged_line_and_goes_on_with_the_next) {
  const Reading reading = read(
      "{\"id\":1}\n{\"id\":2\n{\"id\":\"3}\n{\"id\":\"caf\xe9\"}\nlixo\n{\"id\":4} "
      "x\n{\"id\":5}\n");
  EXPECT_THAT(reading.rows, ElementsAre(Row{"1"}, Row{"5"}));
  ASSERT_THAT(reading.malformed, SizeIs(5));
  EXPECT_EQ(reading.malformed[0].row, 2);
  EXPECT_EQ(reading.malformed[0].value, "{\"id\":2");
  EXPECT_EQ(reading.malformed[3].reason, "not a JSON object");
  EXPECT_EQ(reading.malformed[4].row, 6);
}

TEST_F(Json, reads_a_file_of_nothing_but_damaged_lines_in_linear_time) {
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += "{\"id\":{\"a\":\"" + std::to_string(i) + "\"\n";
  const Reading reading = read(text);
  EXPECT_THAT(reading.malformed, SizeIs(300'000));
}

TEST_F(Json, rejects_a_damaged_element_and_goes_on_with_the_next) {
  const Reading reading = read("[{\"id\":1},{\"id\":},5,{\"id\":4}]");
  EXPECT_THAT(reading.rows, ElementsAre(Row{"1"}, Row{"4"}));
  ASSERT_THAT(reading.malformed, SizeIs(2));
  EXPECT_EQ(reading.malformed[0].row, 2);
  EXPECT_EQ(reading.malformed[1].value, "5");
}

TEST_F(Json, refuses_an_array_that_is_cut_off) {
  EXPECT_THAT(read("[{\"id\":1},{\"id\":2").what(), HasSubstr("element 2 of the array (line 1)"));
  EXPECT_THAT(read("[{\"id\":1},\n").what(), HasSubstr("not closed after element 1"));
}

TEST_F(Json, says_which_columns_no_record_had) {
  EXPECT_THAT(read("{\"id\":1,\"c\":null}\n", {"id", "c.e", "c"}).never_seen, ElementsAre("c.e"));
}

TEST_F(Json, says_what_a_file_is_that_is_no_json) {
  EXPECT_THAT(read("").what(), HasSubstr("empty"));
  EXPECT_THAT(read(" \n\n").what(), HasSubstr("no record"));
  EXPECT_THAT(read("id;nome\n").what(), HasSubstr("begins with: id;nome"));
  EXPECT_FALSE(*columns_of(folder_.write("a.json", "{}"), JsonOptions{}));
}

TEST_F(Json, reads_packed_files_and_loses_nothing_at_the_edges_of_its_windows) {
  std::string lines;
  std::string array = "[";
  std::vector<Row> expected;
  for (int i = 0; i < 20'000; ++i) {
    const std::string text(static_cast<std::size_t>(i % 97), 'x');
    const std::string object = "{\"id\":\"" + std::to_string(i) + "\\n" + text + "\"}";
    lines += object + "\n";
    array += (i == 0 ? "" : ",") + object;
    expected.push_back({std::to_string(i) + "\n" + text});
  }
  EXPECT_TRUE(read(testing::gzip(lines)).rows == expected);
  EXPECT_TRUE(read(testing::zip({{"a.json", array + "]"}})).rows == expected);
}

}  // namespace
}  // namespace quarentena
