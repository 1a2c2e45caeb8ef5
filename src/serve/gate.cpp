#include "serve/gate.h"

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>
#include <string_view>

namespace quarentena::serve {
namespace ip = boost::asio::ip;

std::size_t Gate::Hash::operator()(const ip::address_v6::bytes_type& bytes) const {
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Gate::Key Gate::key_of(const ip::address& from) {
  if (from.is_v4()) return ip::make_address_v6(ip::v4_mapped, from.to_v4()).to_bytes();
  Key bytes = from.to_v6().to_bytes();
  if (!from.to_v6().is_v4_mapped()) std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return bytes;
}

std::optional<Closed> Gate::enter(const ip::address& from) {
  const std::lock_guard lock(mutex_);
  if (count_ >= most_) return Closed::too_many;
  std::size_t& here = of_address_[key_of(from)];
  if (here >= most_of_address_) return Closed::too_many_of_address;
  ++here;
  ++count_;
  return std::nullopt;
}

void Gate::leave(const ip::address& from) {
  const std::lock_guard lock(mutex_);
  const auto here = of_address_.find(key_of(from));
  if (here == of_address_.end()) return;
  if (--here->second == 0) of_address_.erase(here);
  --count_;
}

}  // namespace quarentena::serve
