#include "cli/accounts.h"

#include <utility>

#include "cli/terminal.h"

namespace quarentena::cli {
namespace {

constexpr std::pair<const char*, std::int64_t Account::*> kCounts[] = {
    {"read", &Account::read},         {"quarantined", &Account::quarantined},
    {"expired", &Account::expired},   {"future", &Account::future},
    {"filtered", &Account::filtered}, {"duplicate", &Account::duplicate},
    {"rejected", &Account::rejected},
};

}  // namespace

std::vector<TextColumn> with_account_columns(std::vector<TextColumn> before) {
  for (const auto& [name, count] : kCounts) before.push_back({name, Align::right});
  return before;
}

std::vector<std::optional<std::string>> with_account(std::vector<std::optional<std::string>> before,
                                                     const std::optional<Account>& account) {
  for (const auto& [name, count] : kCounts)
    before.push_back(account ? with_thousands((*account).*count) : std::string());
  return before;
}

}  // namespace quarentena::cli
