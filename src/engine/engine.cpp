#include "engine/engine.h"

namespace quarentena {

Account& Account::operator+=(const Account& other) {
  read += other.read;
  quarantined += other.quarantined;
  expired += other.expired;
  future += other.future;
  filtered += other.filtered;
  duplicate += other.duplicate;
  rejected += other.rejected;
  return *this;
}

Account CanalLoaded::account() const {
  Account sum;
  for (const auto& input : inputs) sum += input.account;
  return sum;
}

}  // namespace quarentena
