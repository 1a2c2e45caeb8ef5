#include "sources/format/xlsx_workbook.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "sources/format/xml_scanner.h"
#include "sources/format/xml_window.h"

namespace quarentena {
namespace {

struct Relationship {
  std::string id;
  std::string type;  ///< the last word of the type's address: the same in ISO's strict variant
  std::string target;
};

struct Sheet {
  std::string name;
  std::string relationship;
};

int number(const std::optional<std::string>& text, int otherwise) {
  int value = otherwise;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

/// Calls `visit` for each start tag of a part.
template <class Visit>
Status each_tag(const ZipArchive& archive, const ZipEntry& entry, Visit visit) {
  TRY_ASSIGN(const auto bytes, archive.read(entry));
  const std::string name = fmt::format("{} ({})", archive.file_name(), entry.name);
  TRY_ASSIGN(const XmlPart part, read_part(*bytes, name));
  XmlTag tag;
  const char* at = part.begin();
  while (next_tag(at, part.end(), tag) == XmlStep::ok) visit(tag);
  return {};
}

/// A target is relative to its source's folder, or to the package when it begins with a slash.
std::string resolve(const std::string& folder, const std::string& target) {
  const std::string path = !target.empty() && target[0] == '/' ? target : folder + "/" + target;
  std::vector<std::string> steps;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    const std::string step = path.substr(at, slash - at);
    at = slash + 1;
    if (step == "..") {
      if (!steps.empty()) steps.pop_back();
    } else if (!step.empty() && step != ".") {
      steps.push_back(step);
    }
  }
  std::string resolved;
  for (const std::string& step : steps) resolved += (resolved.empty() ? "" : "/") + step;
  return resolved;
}

std::pair<std::string, std::string> split_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

Result<std::vector<Relationship>> relationships(const ZipArchive& archive,
                                                const std::string& part) {
  const auto [folder, file] = split_path(part);
  std::vector<Relationship> found;
  const ZipEntry* entry = archive.find(resolve(folder, "_rels/" + file + ".rels"));
  if (entry == nullptr) return found;
  TRY_STATUS(each_tag(archive, *entry, [&, &base = folder](const XmlTag& tag) {
    if (tag.closing || tag.name != "Relationship") return;
    const std::string type = attribute(tag, "Type").value_or("");
    found.push_back({attribute(tag, "Id").value_or(""), split_path(type).second,
                     resolve(base, attribute(tag, "Target").value_or(""))});
  }));
  return found;
}

Result<std::string> main_part(const ZipArchive& archive) {
  TRY_ASSIGN(const auto found, relationships(archive, ""));
  for (const Relationship& relationship : found) {
    if (relationship.type == "officeDocument") return relationship.target;
  }
  return std::string("xl/workbook.xml");
}

tl::unexpected<Error> no_such_sheet(const XlsxWorkbook& book, const std::string& wanted,
                                    const std::vector<Sheet>& sheets) {
  std::string names;
  for (const Sheet& sheet : sheets) names += (names.empty() ? "" : ", ") + sheet.name;
  return fail(
      Defect::drifted,
      fmt::format("{}: no sheet `{}`; the sheets are: {}", book.archive.file_name(), wanted, names),
      "name the right one in `format: { xlsx: { sheet: ... } }`");
}

Status choose_sheet(XlsxWorkbook& book, const std::string& wanted, const std::vector<Sheet>& sheets,
                    const std::vector<Relationship>& parts) {
  for (const Sheet& sheet : sheets) {
    const auto part = std::find_if(parts.begin(), parts.end(), [&](const Relationship& other) {
      return other.id == sheet.relationship;
    });
    // Charts and macros have sheets, too.
    if (part == parts.end() || part->type != "worksheet") continue;
    if (!wanted.empty() && sheet.name != wanted) continue;
    book.sheet = sheet.name;
    book.sheet_part = book.archive.find(part->target);
    if (book.sheet_part != nullptr) return {};
    return fail(Defect::truncated,
                fmt::format("{}: sheet `{}` should be in {}, which is not in the archive",
                            book.archive.file_name(), sheet.name, part->target),
                "the workbook is damaged: fetch or send it again");
  }
  return no_such_sheet(book, wanted, sheets);
}

Status read_styles(XlsxWorkbook& book, const ZipEntry& entry) {
  std::map<int, NumberKind> custom;
  bool in_cell_formats = false;
  return each_tag(book.archive, entry, [&](const XmlTag& tag) {
    if (tag.name == "cellXfs") {
      in_cell_formats = !tag.closing && !tag.empty;
    } else if (tag.closing) {
      return;
    } else if (tag.name == "numFmt") {
      custom[number(attribute(tag, "numFmtId"), -1)] =
          number_kind(attribute(tag, "formatCode").value_or(""));
    } else if (tag.name == "xf" && in_cell_formats) {
      const int id = number(attribute(tag, "numFmtId"), 0);
      const auto found = custom.find(id);
      book.styles.push_back(found == custom.end() ? builtin_number_kind(id) : found->second);
    }
  });
}

}  // namespace

bool looks_like_xlsx(const ZipArchive& archive) {
  const auto part = main_part(archive);
  if (!part || archive.find(*part) == nullptr) return false;
  const std::size_t dot = part->rfind('.');
  return dot != std::string::npos && part->substr(dot) == ".xml" &&
         archive.find("[Content_Types].xml") != nullptr;
}

Result<XlsxWorkbook> open_xlsx_workbook(ZipArchive archive, const std::string& sheet) {
  XlsxWorkbook book{std::move(archive), {}, nullptr, nullptr, {}, DateSystem::from_1900};
  TRY_ASSIGN(const std::string main, main_part(book.archive));
  const ZipEntry* const entry = book.archive.find(main);
  if (entry == nullptr) {
    return fail(ErrorKind::data,
                fmt::format("{}: the archive holds no workbook", book.archive.file_name()),
                "check that this is the file meant, and a workbook");
  }
  std::vector<Sheet> sheets;
  TRY_STATUS(each_tag(book.archive, *entry, [&](const XmlTag& tag) {
    if (tag.closing) return;
    if (tag.name == "sheet") {
      sheets.push_back({attribute(tag, "name").value_or(""), attribute(tag, "id").value_or("")});
    } else if (tag.name == "workbookPr") {
      const std::string flag = attribute(tag, "date1904").value_or("0");
      if (flag == "1" || flag == "true" || flag == "on") book.dates = DateSystem::from_1904;
    }
  }));
  TRY_ASSIGN(const auto parts, relationships(book.archive, main));
  TRY_STATUS(choose_sheet(book, sheet, sheets, parts));
  for (const Relationship& part : parts) {
    const ZipEntry* const found = book.archive.find(part.target);
    if (found == nullptr) continue;
    if (part.type == "styles") TRY_STATUS(read_styles(book, *found));
    if (part.type == "sharedStrings") book.strings_part = found;
  }
  return book;
}

}  // namespace quarentena
