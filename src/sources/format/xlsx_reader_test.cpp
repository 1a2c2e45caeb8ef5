#include "sources/format/xlsx_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/source_folder_for_tests.h"
#include "sources/format/delivery_for_tests.h"

namespace quarentena {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::read_all;
using testing::Reading;
using testing::Row;
using ::testing::SizeIs;
using testing::ZipMember;

constexpr std::nullopt_t kNull = std::nullopt;

const std::string kRelationships =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";

std::string relationship(const std::string& id, const std::string& type,
                         const std::string& target) {
  return "<Relationship Target='" + target + "' Type=\"" + kRelationships + type + "\" Id=\"" + id +
         "\"/>";
}

/// A workbook of one sheet called `crm`, with parts that a test may replace.
struct Workbook {
  std::string sheet;  ///< what stands in sheetData
  std::string strings;
  std::string properties;
  std::string formats = "<xf/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"20\"/>";

  std::vector<ZipMember> members() const {
    const std::string sheet_xml =
        "<?xml version=\"1.0\"?><worksheet><dimension ref=\"A1\"/><cols><col min=\"1\"/></cols>"
        "<sheetData>" +
        sheet + "</sheetData><mergeCells/></worksheet>";
    return {
        {"[Content_Types].xml", "<Types/>"},
        {"_rels/.rels", "<Relationships>" +
                            relationship("r1", "officeDocument", "xl/workbook.xml") +
                            "</Relationships>"},
        {"xl/workbook.xml", "<workbook><workbookPr" + properties +
                                "/><sheets><sheet name=\"crm\" sheetId=\"1\" r:id=\"rId1\"/>"
                                "</sheets></workbook>"},
        {"xl/_rels/workbook.xml.rels",
         "<Relationships>" + relationship("rId1", "worksheet", "worksheets/sheet1.xml") +
             relationship("rId2", "sharedStrings", "/xl/sharedStrings.xml") +
             relationship("rId3", "styles", "styles.xml") + "</Relationships>"},
        {"xl/worksheets/sheet1.xml", sheet_xml},
        {"xl/sharedStrings.xml", "<sst>" + strings + "</sst>"},
        {"xl/styles.xml",
         "<styleSheet><numFmts><numFmt numFmtId=\"164\" "
         "formatCode=\"dd/mm/yyyy\\ hh:mm\"/></numFmts><cellStyleXfs><xf "
         "numFmtId=\"14\"/></cellStyleXfs><cellXfs>" +
             formats + "</cellXfs></styleSheet>"},
    };
  }
};

std::string inline_text(const std::string& text) {
  return "<c t=\"inlineStr\"><is><t>" + text + "</t></is></c>";
}

/// The header row of the columns id and nome.
const std::string kHeader = "<row r=\"1\">" + inline_text("id") + inline_text("nome") + "</row>";

class Xlsx : public ::testing::Test {
 protected:
  Reading read(const Workbook& book, const std::vector<std::string>& columns = {"id", "nome"}) {
    return read_bytes(testing::zip(book.members()), columns);
  }
  Reading read_bytes(const std::string& bytes,
                     const std::vector<std::string>& columns = {"id", "nome"}) {
    return read_all(folder_.write("crm.xlsx", bytes), options_, columns);
  }
  /// Rows under the usual header.
  Reading read_rows(const std::string& rows) { return read({kHeader + rows, {}, {}}); }

  testing::Folder folder_;
  XlsxOptions options_;
};

TEST_F(Xlsx, reads_numbers_texts_and_dates_of_all_kinds) {
  const std::string strings =
      "<si><t>Ana</t></si><si><r><t>B</t></r><r><rPr/><t xml:space=\"preserve\">ia </t>"
      "</r><rPh><t>no</t></rPh></si>";
  const Reading reading = read(
      {kHeader +
           "<row r=\"2\"><c r=\"A2\"><v>1.2345678901E10</v></c><c r=\"B2\" "
           "t=\"s\"><v>0</v></c></row>"
           "<row r=\"3\"><c r=\"A3\" s=\"1\"><v>45420</v></c><c r=\"B3\" t=\"s\"><v>1</v></c></row>"
           "<row r=\"4\"><c r=\"A4\" s=\"2\"><v>45420.5</v></c><c r=\"B4\" "
           "t=\"b\"><v>1</v></c></row>"
           "<row r=\"5\"><c r=\"A5\" t=\"d\"><v>2024-05-28T00:00:00</v></c>"
           "<c r=\"B5\" t=\"str\"><f>A1&amp;\"x\"</f><v>a &lt;b&gt;</v></c></row>"
           "<row r=\"6\"><c r=\"A6\" t=\"n\" s=\"3\"><v>0.5</v></c><c r=\"B6\" "
           "t=\"e\"><v>#N/A</v></c></row>",
       strings,
       {}});
  EXPECT_THAT(reading.rows, ElementsAre(Row{"12345678901", "Ana"}, Row{"2024-05-08", "Bia "},
                                        Row{"2024-05-08T12:00:00", "TRUE"},
                                        Row{"2024-05-28", "a <b>"}, Row{"12:00:00", kNull}));
  EXPECT_THAT(reading.places, ElementsAre(2, 3, 4, 5, 6));
}

TEST_F(Xlsx, reads_xml_however_it_is_written) {
  const std::string book =
      "<x:row r='1'><x:c r = 'B1' t='inlineStr'><x:is><x:t>nome</x:t></x:is></x:c>"
      "<x:c t='inlineStr' r='A1'><x:is><x:t>id</x:t></x:is></x:c></x:row>\n"
      "<!-- <row> --><x:row\n r='2' ><x:c\n\tt='str' r='A2'><x:v><![CDATA[1<2]]></x:v></x:c >"
      "<x:c r='B2' t='inlineStr'><x:is><x:t>a<!-- c "
      "-->&#233;&#xE9;&amp;&unknown;</x:t></x:is></x:c></x:row>"
      "<x:row r='3'><x:c r='A3' note='a>b'/><x:c r='B3' s='9'><x:v> 7 "
      "</x:v></x:c><x:extLst><x:c/></x:extLst></x:row>";
  EXPECT_THAT(read({book, {}, {}}).rows,
              ElementsAre(Row{"1<2", "a\xc3\xa9\xc3\xa9&&unknown;"}, Row{kNull, "7"}));
}

TEST_F(Xlsx, decodes_what_xml_cannot_hold) {
  EXPECT_THAT(read_rows("<row>" + inline_text("a_x000D_b_x005F_x0041__xZZZZ_") +
                        inline_text("_xD83D__xDD25_ _xD83D_") + "</row>")
                  .rows,
              ElementsAre(Row{"a\rb_x0041__xZZZZ_", "\xf0\x9f\x94\xa5 \xef\xbf\xbd"}));
}

TEST_F(Xlsx, finds_cells_without_references_by_counting) {
  const Reading reading = read_rows(
      "<row><c><v>1</v></c><c><v>2</v></c></row>"
      "<row><c r=\"B3\"><v>3</v></c><c><v>4</v></c></row>");
  EXPECT_THAT(reading.rows, ElementsAre(Row{"1", "2"}, Row{kNull, "3"}));
  EXPECT_THAT(reading.places, ElementsAre(2, 3));
}

TEST_F(Xlsx, skips_rows_without_content_but_not_those_with_an_error) {
  const Reading reading = read_rows(
      "<row r=\"2\"/><row r=\"3\"><c r=\"A3\" s=\"1\"/></row>"
      "<row r=\"4\"><c r=\"A4\" t=\"str\"><f>x</f><v></v></c></row>"
      "<row r=\"9\"><c r=\"A9\" t=\"e\"><v>#REF!</v></c></row>");
  EXPECT_THAT(reading.rows, ElementsAre(Row{kNull, kNull}));
  EXPECT_THAT(reading.places, ElementsAre(9));
}

TEST_F(Xlsx, counts_days_from_1904_when_the_workbook_says_so) {
  const std::string rows = kHeader + "<row><c s=\"1\"><v>43958</v></c></row>";
  EXPECT_THAT(read({rows, {}, " date1904=\"1\""}).rows, ElementsAre(Row{"2024-05-08", kNull}));
  EXPECT_THAT(read({rows, {}, " date1904=\"false\""}).rows, ElementsAre(Row{"2020-05-07", kNull}));
}

TEST_F(Xlsx, takes_the_header_from_the_first_row_with_content_or_the_one_named) {
  const std::string title = "<row r=\"1\"/><row r=\"3\">" + inline_text("Contatos") + "</row>";
  const std::string header = "<row r=\"5\">" + inline_text("id") + inline_text("nome") + "</row>";
  const Workbook book{title + header + "<row r=\"6\"><c><v>1</v></c></row>", {}, {}};
  EXPECT_THAT(read(book).what(), HasSubstr("the columns are: Contatos"));
  options_.header_row = 5;
  EXPECT_THAT(read(book).rows, ElementsAre(Row{"1", kNull}));
  options_.header_row = 4;
  EXPECT_THAT(read(book).what(), HasSubstr("row 4 of sheet `crm`"));
  options_.header_row = 40;
  EXPECT_THAT(read(book).what(), HasSubstr("row 40"));
  options_.header_row = 0;
  EXPECT_THAT(read({"", {}, {}}).what(), HasSubstr("is empty"));
}

TEST_F(Xlsx, gives_the_names_of_its_columns_without_the_blank_ones) {
  const Workbook book{
      "<row><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"C1\" t=\"inlineStr\"><is><t> </t></is></c>"
      "<c r=\"D1\"><v>2024</v></c></row>",
      "<si><t>no</t></si><si><t>nome</t></si><si><t>x</t></si>",
      {}};
  const auto names = columns_of(folder_.write("a.xlsx", testing::zip(book.members())), options_);
  ASSERT_TRUE(names);
  EXPECT_THAT(**names, ElementsAre("nome", "2024"));
}

TEST_F(Xlsx, names_the_sheets_when_the_wanted_one_is_not_there) {
  options_.sheet = "vendas";
  EXPECT_THAT(read_rows("").what(), AllOf(HasSubstr("`vendas`"), HasSubstr("the sheets are: crm")));
}

TEST_F(Xlsx, follows_relationships_and_passes_over_sheets_of_charts) {
  auto members = Workbook{kHeader + "<row><c><v>1</v></c></row>", {}, {}}.members();
  members[1].text =
      "<Relationships>" + relationship("r", "officeDocument", "/livro/w.xml") + "</Relationships>";
  members[2] = {"livro/w.xml",
                "<workbook><sheets><sheet name=\"g\" r:id=\"c\"/><sheet name=\"crm &amp; cia\" "
                "r:id=\"w\"/></sheets></workbook>"};
  members[3] = {"livro/_rels/w.xml.rels",
                "<Relationships>" + relationship("c", "chartsheet", "c.xml") +
                    relationship("w", "worksheet", "../folhas/../Folha.xml") + "</Relationships>"};
  members[4].name = "folha.xml";
  options_.sheet = "crm & cia";
  EXPECT_THAT(read_bytes(testing::zip(members)).rows, ElementsAre(Row{"1", kNull}));
  options_.sheet = "";
  EXPECT_THAT(read_bytes(testing::zip(members)).rows, SizeIs(1));
}

TEST_F(Xlsx, rejects_a_row_that_refers_to_a_string_that_is_not_there) {
  const Reading reading = read_rows("<row><c t=\"s\"><v>7</v></c></row><row><c><v>1</v></c></row>");
  EXPECT_THAT(reading.rows, ElementsAre(Row{"1", kNull}));
  ASSERT_THAT(reading.malformed, SizeIs(1));
  EXPECT_EQ(reading.malformed[0].row, 2);
  EXPECT_EQ(reading.malformed[0].column, "id");
}

TEST_F(Xlsx, keeps_cells_that_only_look_like_merged_ones_empty) {
  EXPECT_THAT(read_rows("<row><c r=\"A2\"><v>1</v></c><c r=\"B2\"/></row><row r=\"3\"><c r=\"A3\"/>"
                        "<c r=\"B3\"><v>2</v></c></row>")
                  .rows,
              ElementsAre(Row{"1", kNull}, Row{kNull, "2"}));
}

TEST_F(Xlsx, refuses_files_that_are_cut_off_or_changed) {
  std::string rows = kHeader;
  for (int i = 0; i < 30'000; ++i) {
    rows += "<row><c><v>" + std::to_string(i * 7919) + "</v></c></row>";
  }
  const std::string whole = testing::zip(Workbook{rows, {}, {}}.members());
  EXPECT_THAT(read_bytes(whole).rows, SizeIs(30'000));
  EXPECT_THAT(read_bytes(whole.substr(0, whole.size() / 2)).what(), HasSubstr("cut off"));
  std::string changed = whole;
  changed[whole.size() / 2] ^= 0x10;
  EXPECT_TRUE(read_bytes(changed).error);
  auto members = Workbook{rows, {}, {}}.members();
  members[4].text.resize(members[4].text.size() / 2);
  EXPECT_THAT(read_bytes(testing::zip(members)).what(), HasSubstr("ends in the middle"));
  members[4].text = "<worksheet><sheetData>" + kHeader + "<row><c r=\"A1\"></row></sheetData>";
  EXPECT_THAT(read_bytes(testing::zip(members)).what(), HasSubstr("damaged after row 1"));
}

TEST_F(Xlsx, refuses_text_that_is_not_utf8) {
  EXPECT_THAT(read_rows("<row>" + inline_text("caf\xe9") + "</row>").what(), HasSubstr("UTF-8"));
}

TEST_F(Xlsx, says_what_a_file_is_that_is_no_workbook) {
  EXPECT_THAT(read_bytes("").what(), HasSubstr("empty"));
  EXPECT_THAT(read_bytes("id;nome\n").what(), HasSubstr("plain text"));
  EXPECT_THAT(read_bytes("<html><body>Login").what(), HasSubstr("web page"));
}

TEST_F(Xlsx, says_that_a_workbook_has_a_password) {
  std::string ole = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + std::string(2000, '\0');
  for (const char c : std::string("EncryptedPackage")) ole += std::string{c, '\0'};
  EXPECT_THAT(read_bytes(ole).what(), HasSubstr("password"));
}

// Long and short rows in turn, so that each kind of tag meets the edges of windows.
TEST_F(Xlsx, loses_nothing_at_the_edges_of_its_windows) {
  std::string rows = kHeader;
  std::vector<Row> expected;
  for (std::size_t i = 0; i < 40'000; ++i) {
    const std::string name(i % 113, static_cast<char>('a' + i % 26));
    const std::string id = std::to_string(i);
    rows += "<row><c><v>" + id + "</v></c>" + inline_text(name + (i % 7 == 0 ? "&amp;" : "")) +
            "</row>";
    expected.push_back({id, name + (i % 7 == 0 ? "&" : "")});
  }
  const Reading reading = read({rows, {}, {}});
  EXPECT_EQ(reading.what(), "no error");
  EXPECT_TRUE(reading.rows == expected);
}

class XlsxOfEveryWriter : public ::testing::TestWithParam<const char*> {};

// testdata/make_workbooks.py writes them; what they hold is the same.
TEST_P(XlsxOfEveryWriter, reads_the_same) {
  const auto file = source_folder() / "src/sources/format/testdata" / GetParam();
  const Reading reading =
      read_all(file, XlsxOptions{},
               {"id_cliente", "email", "telefone", "assunto", "data_envio", "data_base"});
  EXPECT_EQ(reading.what(), "no error");
  ASSERT_THAT(reading.rows, SizeIs(3));
  Row first = reading.rows[0];
  // One of them adds the time of day.
  first[4] = first[4]->substr(0, 10);
  EXPECT_EQ(first, (Row{"1234567890", "cliente@exemplo.com", "999999999", "Campanha", "2024-05-08",
                        "2024-05-28"}));
  EXPECT_EQ(reading.rows[1][0], "0012345678");
  EXPECT_EQ(reading.rows[2],
            (Row{"98765432101", kNull, kNull, "Ol\xc3\xa1, \"voc\xc3\xaa\" & <n\xc3\xb3s>",
                 "2024-02-29", "2024-05-28"}));
}

INSTANTIATE_TEST_SUITE_P(All, XlsxOfEveryWriter,
                         ::testing::Values("openpyxl.xlsx", "openpyxl_write_only.xlsx",
                                           "xlsxwriter.xlsx", "xlsxwriter_constant_memory.xlsx",
                                           "xlsxwriter_1904.xlsx", "all_text.xlsx",
                                           "reordered_with_time.xlsx", "polars.xlsx"),
                         [](const auto& book) {
                           std::string name = book.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace quarentena
