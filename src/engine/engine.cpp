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

}  // namespace quarentena
