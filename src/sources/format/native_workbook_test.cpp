#include "sources/format/native_workbook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/format/delivery_for_tests.h"

namespace quarentena {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::read_all;
using testing::Reading;
using testing::Row;

std::string cell(const std::string& attributes, const std::string& text) {
  return "<table:table-cell " + attributes + "><text:p>" + text + "</text:p></table:table-cell>";
}

std::string text_cell(const std::string& text) {
  return cell("office:value-type=\"string\"", text);
}

std::string open_document(const std::string& rows) {
  const std::string content =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content "
      "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" "
      "xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" "
      "xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body>"
      "<office:spreadsheet><table:table table:name=\"crm\">" +
      rows + "</table:table></office:spreadsheet></office:body></office:document-content>";
  return testing::zip({{"mimetype", "application/vnd.oasis.opendocument.spreadsheet", true},
                       {"META-INF/manifest.xml", "<manifest/>"},
                       {"content.xml", content}});
}

class OpenDocument : public ::testing::Test {
 protected:
  Reading read(const std::vector<std::string>& columns) {
    const std::string header = "<table:table-row>" + text_cell("id") + text_cell("nome") +
                               text_cell("dia") + "</table:table-row>";
    const std::string row =
        "<table:table-row>" +
        cell("office:value-type=\"float\" office:value=\"12345678901\"", "1,2E10") +
        text_cell("Ana") +
        cell("office:value-type=\"date\" office:date-value=\"2024-05-28\"", "28/05") +
        "</table:table-row>";
    return read_all(folder_.write("crm.xlsx", open_document("<table:table-row/>" + header + row)),
                    options_, columns);
  }

  testing::Folder folder_;
  XlsxOptions options_;
};

TEST_F(OpenDocument, is_read_like_any_workbook_whatever_its_name) {
  const Reading reading = read({"dia", "id", "nome"});
  EXPECT_EQ(reading.what(), "no error");
  EXPECT_THAT(reading.rows, ElementsAre(Row{"2024-05-28", "12345678901", "Ana"}));
}

TEST_F(OpenDocument, names_a_missing_column_and_a_missing_sheet) {
  EXPECT_THAT(read({"nomes"}).what(), HasSubstr("the columns are: id, nome, dia"));
  options_.sheet = "vendas";
  const Reading reading = read({"id"});
  ASSERT_TRUE(reading.error);
  EXPECT_EQ(reading.error->kind, ErrorKind::data);
  EXPECT_THAT(reading.what(), HasSubstr("crm"));
}

TEST_F(OpenDocument, tells_an_archive_that_is_no_workbook) {
  const Reading reading =
      read_all(folder_.write("x.xlsx", testing::zip({{"a.txt", "x"}})), options_, {"id"});
  ASSERT_TRUE(reading.error);
  EXPECT_EQ(reading.error->kind, ErrorKind::data);
}

}  // namespace
}  // namespace quarentena
