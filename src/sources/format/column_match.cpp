#include "sources/format/column_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

namespace quarentena {
namespace {

std::string plain(std::string_view name) {
  const std::size_t first = name.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  std::string text(name.substr(first, name.find_last_not_of(" \t\r\n") - first + 1));
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row.back();
}

std::string nearest(const std::vector<std::string>& found, const std::string& wanted) {
  const std::string target = plain(wanted);
  std::string best;
  std::size_t least = std::max<std::size_t>(2, target.size() / 2);
  for (const std::string& name : found) {
    const std::size_t far = distance(plain(name), target);
    if (far < least && !name.empty()) {
      least = far;
      best = name;
    }
  }
  return best;
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 40;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMost; ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kMost) text += fmt::format(", and {} more", names.size() - kMost);
  return text;
}

/// Names of columns hold no e-mail address and are not numbers: a first row that does is a
/// client's, and is not to be shown.
bool look_like_values(const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(), [](const std::string& name) {
    const bool digits = name.find_first_of("0123456789") != std::string::npos &&
                        name.find_first_not_of("0123456789 .,:/()+-") == std::string::npos;
    return digits || name.find('@') != std::string::npos;
  });
}

tl::unexpected<Error> absent(const std::vector<std::string>& found, const std::string& wanted,
                             const std::string& file) {
  if (look_like_values(found))
    return fail(
        Defect::drifted,
        fmt::format("{}: no column `{}`; where the names should be there are values", file, wanted),
        "does the file begin with its header? one without is read with `header: false` and "
        "`names`");
  const std::string close = nearest(found, wanted);
  return fail(Defect::drifted,
              fmt::format("{}: no column `{}`; the columns are: {}", file, wanted, listed(found)),
              close.empty() ? "name the right column under `columns`"
                            : fmt::format("did you mean `{}`?", close));
}

template <class Equal>
Result<std::optional<std::size_t>> only_one(const std::vector<std::string>& found,
                                            const std::string& wanted, const std::string& file,
                                            Equal equal) {
  std::optional<std::size_t> place;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!equal(found[i])) continue;
    if (place) {
      return fail(
          Defect::drifted,
          fmt::format("{}: columns {} and {} are both named `{}`", file, *place + 1, i + 1, wanted),
          "rename one of them in the file");
    }
    place = i;
  }
  return place;
}

}  // namespace

Result<std::vector<std::size_t>> match_columns(const std::vector<std::string>& found,
                                               const std::vector<std::string>& wanted,
                                               const std::string& file) {
  std::vector<std::size_t> places;
  for (const std::string& name : wanted) {
    TRY_ASSIGN(
        std::optional<std::size_t> place,
        only_one(found, name, file, [&](const std::string& other) { return other == name; }));
    if (!place) {
      const std::string loose = plain(name);
      TRY_ASSIGN(place, only_one(found, name, file,
                                 [&](const std::string& other) { return plain(other) == loose; }));
    }
    if (!place) return absent(found, name, file);
    places.push_back(*place);
  }
  return places;
}

std::vector<std::vector<std::size_t>> columns_by_place(const std::vector<std::size_t>& places,
                                                       std::size_t found) {
  std::vector<std::vector<std::size_t>> by_place(found);
  for (std::size_t i = 0; i < places.size(); ++i) by_place[places[i]].push_back(i);
  return by_place;
}

}  // namespace quarentena
