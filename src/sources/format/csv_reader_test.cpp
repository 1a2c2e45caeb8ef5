#include "sources/format/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "sources/format/delivery_for_tests.h"

namespace quarentena {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::read_all;
using testing::Reading;
using testing::Row;
using ::testing::SizeIs;

class Csv : public ::testing::Test {
 protected:
  Reading read(const std::string& bytes, const std::vector<std::string>& columns = {"id", "nome"}) {
    return read_all(folder_.write("dados.csv", bytes), options_, columns);
  }

  testing::Folder folder_;
  CsvOptions options_{';', '"', true, {}, "auto"};
};

TEST_F(Csv, gives_the_wanted_columns_in_the_wanted_order) {
  const Reading reading = read("nome;x;id\nAna;1;007\nBia;2;\n");
  EXPECT_THAT(reading.rows, ElementsAre(Row{"007", "Ana"}, Row{"", "Bia"}));
  EXPECT_THAT(reading.places, ElementsAre(2, 3));
}

TEST_F(Csv, reads_quoted_fields_with_separators_quotes_and_newlines) {
  const Reading reading = read("id;nome\r\n1;\"a;\"\"b\"\"\r\nc\"\r\n\"2\";d\r\n");
  EXPECT_THAT(reading.rows, ElementsAre(Row{"1", "a;\"b\"\r\nc"}, Row{"2", "d"}));
  EXPECT_THAT(reading.places, ElementsAre(2, 4));
}

TEST_F(Csv, takes_a_quote_inside_an_unquoted_field_as_text) {
  EXPECT_THAT(read("id;nome\n1;TV 42\" nova\n").rows, ElementsAre(Row{"1", "TV 42\" nova"}));
}

TEST_F(Csv, needs_no_newline_at_the_end_and_skips_empty_lines) {
  const Reading reading = read("\nid;nome\n\n1;a\n\r\n2;b");
  EXPECT_THAT(reading.rows, ElementsAre(Row{"1", "a"}, Row{"2", "b"}));
  EXPECT_THAT(reading.places, ElementsAre(4, 6));
}

TEST_F(Csv, reads_files_without_a_header_by_the_given_names) {
  options_.header = false;
  options_.names = {"id", "nome"};
  EXPECT_THAT(read("1;a\n2;b\n").rows, ElementsAre(Row{"1", "a"}, Row{"2", "b"}));
}

TEST_F(Csv, shows_no_row_that_stands_where_the_names_should_be) {
  const auto error = read("90715533001;ana@exemplo.com\n2;b\n").error;
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what, AllOf(HasSubstr("no column `id`"), Not(HasSubstr("ana@exemplo.com"))));
}

TEST_F(Csv, can_go_without_quotes) {
  options_.quote = '\0';
  EXPECT_THAT(read("id;nome\n1;\"a\n").rows, ElementsAre(Row{"1", "\"a"}));
}

TEST_F(Csv, reads_line_ends_of_old_macs) {
  EXPECT_THAT(read("id;nome\r1;a\r2;b\r").rows, ElementsAre(Row{"1", "a"}, Row{"2", "b"}));
}

TEST_F(Csv, obeys_the_separator_line_of_excel) {
  EXPECT_THAT(read("sep=;\r\nid;nome\r\n1;a\r\n").rows, ElementsAre(Row{"1", "a"}));
}

TEST_F(Csv, rejects_ragged_lines_with_their_number_and_text_and_goes_on) {
  const Reading reading = read("id;nome\n1;a\n2\n3;c;d\n4;e\n");
  EXPECT_THAT(reading.rows, ElementsAre(Row{"1", "a"}, Row{"4", "e"}));
  ASSERT_THAT(reading.malformed, SizeIs(2));
  EXPECT_EQ(reading.malformed[0].row, 3);
  EXPECT_EQ(reading.malformed[0].value, "2");
  EXPECT_EQ(reading.malformed[0].reason, "1 fields where the header has 2");
  EXPECT_EQ(reading.malformed[1].row, 4);
  EXPECT_EQ(reading.malformed[1].value, "3;c;d");
}

TEST_F(Csv, an_unclosed_quote_costs_one_line_and_not_those_after_it) {
  const Reading reading = read("id;nome\n1;\"a\n2;b\n3;\"c\"\n4;d\n");
  EXPECT_THAT(reading.rows, ElementsAre(Row{"2", "b"}, Row{"3", "c"}, Row{"4", "d"}));
  ASSERT_THAT(reading.malformed, SizeIs(1));
  EXPECT_EQ(reading.malformed[0].row, 2);
  EXPECT_EQ(reading.malformed[0].value, "1;\"a");
}

TEST_F(Csv, an_unclosed_quote_before_megabytes_of_text_is_bounded) {
  std::string text = "id;nome\n0;\"a\n";
  for (int i = 1; i <= 300'000; ++i) text += std::to_string(i) + ";nome\n";
  const Reading reading = read(text);
  EXPECT_THAT(reading.rows, SizeIs(300'000));
  EXPECT_EQ(reading.places.back(), 300'002);
  ASSERT_THAT(reading.malformed, SizeIs(1));
  EXPECT_THAT(reading.malformed[0].reason, HasSubstr("not closed"));
}

TEST_F(Csv, rejects_text_behind_a_closing_quote) {
  const Reading reading = read("id;nome\n1;\"a\"b\n2;c\n");
  EXPECT_THAT(reading.rows, ElementsAre(Row{"2", "c"}));
  ASSERT_THAT(reading.malformed, SizeIs(1));
  EXPECT_THAT(reading.malformed[0].reason, HasSubstr("closing quote"));
}

TEST_F(Csv, rejects_lines_that_are_not_utf8) {
  const Reading reading = read("id;nome\n1;caf\xe9\n2;caf\xc3\xa9\n");
  EXPECT_THAT(reading.rows, ElementsAre(Row{"2", "caf\xc3\xa9"}));
  ASSERT_THAT(reading.malformed, SizeIs(1));
  EXPECT_EQ(reading.malformed[0].row, 2);
  EXPECT_EQ(reading.malformed[0].value, "1;caf\xef\xbf\xbd");
}

TEST_F(Csv, cuts_the_raw_text_of_a_reject_between_characters) {
  std::string line = "1";
  for (int i = 0; i < 1000; ++i) line += "\xc3\xa9";
  const Reading reading = read("id;nome\n" + line + "\n");
  ASSERT_THAT(reading.malformed, SizeIs(1));
  EXPECT_EQ(reading.malformed[0].value, line.substr(0, kMaxRawBytes - 1));
}

TEST_F(Csv, decodes_what_excel_saves) {
  const std::string expected = "caf\xc3\xa9 \xe2\x82\xac";
  EXPECT_THAT(read("\xef\xbb\xbfid;nome\n1;" + expected + "\n").rows,
              ElementsAre(Row{"1", expected}));
  options_.encoding = "windows-1252";
  EXPECT_THAT(read("id;nome\n1;caf\xe9 \x80\n").rows, ElementsAre(Row{"1", expected}));
  options_.encoding = "latin-1";
  EXPECT_THAT(read("id;nome\n1;caf\xe9\n").rows, ElementsAre(Row{"1", "caf\xc3\xa9"}));
}

std::string utf16(const std::u16string& text, bool big_endian) {
  std::string bytes;
  for (const char16_t unit : text) {
    const char low = static_cast<char>(unit & 0xff);
    const char high = static_cast<char>(unit >> 8);
    bytes += big_endian ? std::string{high, low} : std::string{low, high};
  }
  return bytes;
}

TEST_F(Csv, decodes_utf16_of_both_orders) {
  const std::u16string text = u"\ufeffid;nome\n1;caf\u00e9 \U0001F525\n";
  const Row expected{"1", "caf\xc3\xa9 \xf0\x9f\x94\xa5"};
  EXPECT_THAT(read(utf16(text, false)).rows, ElementsAre(expected));
  EXPECT_THAT(read(utf16(text, true)).rows, ElementsAre(expected));
  options_.encoding = "utf-16";
  EXPECT_THAT(read(utf16(text.substr(1), true)).rows, ElementsAre(expected));
  EXPECT_THAT(read(utf16(text.substr(1), false)).rows, ElementsAre(expected));
}

TEST_F(Csv, rejects_half_a_surrogate_pair) {
  std::u16string text = u"\ufeffid;nome\n1;a?\n2;b\n";
  text[11] = char16_t{0xd83d};
  const Reading reading = read(utf16(text, false));
  EXPECT_THAT(reading.rows, ElementsAre(Row{"2", "b"}));
  EXPECT_THAT(reading.malformed, SizeIs(1));
}

TEST_F(Csv, says_that_utf16_without_a_mark_is_utf16) {
  EXPECT_THAT(read(utf16(u"id;nome\n1;a\n", false)).hint(), HasSubstr("utf-16"));
}

TEST_F(Csv, unpacks_gzip_of_several_members_and_a_zip_of_one) {
  const Row first{"1", "a"};
  const Row second{"2", "b"};
  EXPECT_THAT(read(testing::gzip("id;nome\n1;a\n") + testing::gzip("2;b\n")).rows,
              ElementsAre(first, second));
  EXPECT_THAT(read(testing::zip({{"x/dados.csv", "id;nome\n1;a\n"}})).rows, ElementsAre(first));
  EXPECT_THAT(read(testing::zip({{"x/dados.csv", "id;nome\n1;a\n", true}})).rows,
              ElementsAre(first));
}

TEST_F(Csv, refuses_a_zip_of_several_files_and_names_them) {
  EXPECT_THAT(read(testing::zip({{"a.csv", "x"}, {"b.csv", "y"}})).what(),
              AllOf(HasSubstr("2 files"), HasSubstr("a.csv, b.csv")));
}

TEST_F(Csv, refuses_compressed_files_that_are_cut_off_or_changed) {
  std::string text = "id;nome\n";
  for (int i = 0; i < 50'000; ++i)
    text += std::to_string(i) + ";nome" + std::to_string(i * 7) + "\n";
  const std::string packed = testing::gzip(text);
  EXPECT_THAT(read(packed.substr(0, packed.size() / 2)).what(), HasSubstr("ends too early"));
  EXPECT_THAT(read(packed.substr(0, packed.size() - 3)).what(), HasSubstr("ends too early"));
  std::string changed = packed;
  changed[changed.size() - 6] ^= 1;
  EXPECT_THAT(read(changed).what(), HasSubstr("damaged"));
  std::string archive = testing::zip({{"a.csv", text}});
  archive[archive.find("PK\x01\x02") + 16] ^= 1;
  EXPECT_THAT(read(archive).what(), HasSubstr("checksum"));
}

TEST_F(Csv, names_the_separator_that_would_fit) {
  const Reading reading = read("id,nome\n1,a\n");
  EXPECT_THAT(reading.what(), HasSubstr("the separator is `,` where the configuration says `;`"));
  EXPECT_EQ(reading.hint(), "set `separator: \",\"`");
  EXPECT_THAT(read("id\tnome\n1\ta\n").hint(), HasSubstr("\\t"));
  options_.header = false;
  options_.names = {"id", "nome"};
  EXPECT_THAT(read("1|a\n").hint(), HasSubstr("|"));
}

TEST_F(Csv, reads_a_single_column_whose_name_holds_a_comma) {
  EXPECT_THAT(read("a, b\n1\n", {"a, b"}).rows, ElementsAre(Row{"1"}));
}

TEST_F(Csv, names_a_missing_column_those_found_and_the_nearest) {
  const Reading reading = read("id;nomes;x\n1;a;b\n");
  EXPECT_THAT(reading.what(), AllOf(HasSubstr("no column `nome`"), HasSubstr("id, nomes, x")));
  EXPECT_THAT(reading.hint(), HasSubstr("nomes"));
}

TEST_F(Csv, finds_columns_without_regard_to_case_and_blanks_unless_two_would_do) {
  EXPECT_THAT(read(" ID ;Nome\n1;a\n").rows, ElementsAre(Row{"1", "a"}));
  EXPECT_THAT(read("id;ID;nome\n1;2;a\n").rows, ElementsAre(Row{"1", "a"}));
  EXPECT_THAT(read("Id;ID;nome\n1;2;a\n").what(), HasSubstr("columns 1 and 2"));
  EXPECT_THAT(read("id;x;x;nome\n1;2;3;a\n").rows, ElementsAre(Row{"1", "a"}));
}

TEST_F(Csv, says_what_a_file_is_that_is_no_csv) {
  EXPECT_THAT(read("").what(), HasSubstr("empty"));
  EXPECT_THAT(read(testing::gzip("")).what(), HasSubstr("empty"));
  EXPECT_THAT(read("PAR1xxxx").what(), HasSubstr("Parquet"));
  EXPECT_THAT(read("<!DOCTYPE html><html>").what(), HasSubstr("web page"));
  EXPECT_THAT(read(testing::zip({{"[Content_Types].xml", "x"}})).hint(), HasSubstr("xlsx"));
  EXPECT_THAT(read("{\"id\": 1, \"nome\": \"a\"}\n").what(), HasSubstr("JSON"));
}

TEST_F(Csv, says_that_a_file_is_missing_or_no_file) {
  const Reading missing = read_all(folder_.path() / "nada.csv", options_, {"id"});
  ASSERT_TRUE(missing.error);
  EXPECT_EQ(missing.error->kind, ErrorKind::missing);
  const Reading place = read_all(folder_.path(), options_, {"id"});
  ASSERT_TRUE(place.error);
  EXPECT_EQ(place.error->kind, ErrorKind::data);
}

TEST_F(Csv, gives_the_names_of_its_columns) {
  const auto names = columns_of(folder_.write("a.csv", "id; nome ;\"x;y\"\n"), options_);
  ASSERT_TRUE(names);
  EXPECT_THAT(**names, ElementsAre("id", " nome ", "x;y"));
}

// Records of every length, so that each kind of end meets the edges of windows and of SIMD blocks.
TEST_F(Csv, loses_nothing_at_the_edges_of_its_windows) {
  std::string text = "id;nome\r\n";
  std::vector<Row> expected;
  for (std::size_t i = 0; i < 30'000; ++i) {
    const std::string id = std::to_string(i);
    const std::string name(i % 131, static_cast<char>('a' + i % 26));
    text += i % 3 == 0 ? id + ";\"" + name + "\"\"\n\"\r\n" : id + ";" + name + "\r\n";
    expected.push_back({id, i % 3 == 0 ? name + "\"\n" : name});
  }
  const Reading reading = read(text);
  EXPECT_THAT(reading.malformed, IsEmpty());
  EXPECT_TRUE(reading.rows == expected);
}

TEST_F(Csv, of_one_client_reads_the_same_rows_in_the_same_places_as_of_all) {
  std::mt19937 random(7);
  const std::vector<std::string> names = {"Ana",  "\"Bia; Lia\"", "\"a \"\"b\"\"\nfim\"",
                                          "\"\"", "\"\r\n\r\n\"", "Davi\r"};
  std::string text = "id;nome\n";
  for (int i = 0; i < 400'000; ++i) {
    const bool wanted = random() % 100'000 == 0;
    text += wanted ? "7654321" : std::to_string(1'000'000 + random() % 1'000'000);
    text += ";" + names[random() % names.size()] + "\n";
    if (random() % 200'000 == 0) text += "1;TV 42\" nova\n2;\"x\" y\n\n";  // the parser must see
  }
  const auto file = folder_.write("dados.csv", text);
  const auto of_client = [](const Reading& reading) {
    std::vector<std::pair<std::int64_t, Row>> rows;
    for (std::size_t i = 0; i < reading.rows.size(); ++i)
      if (reading.rows[i][0] == "7654321") rows.emplace_back(reading.places[i], reading.rows[i]);
    return rows;
  };
  const auto all = read_all(file, options_, {"id", "nome"});
  const auto some = read_all(file, options_, {"id", "nome"}, Needle("7654321"));
  EXPECT_FALSE(of_client(all).empty());
  EXPECT_EQ(of_client(some), of_client(all));
  EXPECT_LT(some.rows.size(), all.rows.size());
}

}  // namespace
}  // namespace quarentena
