#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "serve/metrics.h"

namespace quarentena::serve {

/// How many connections there are, in all and from each address. Safe from any thread.
class Gate {
 public:
  Gate(std::size_t most, std::size_t most_of_address)
      : most_(most), most_of_address_(most_of_address) {}

  /// Lets one more in, or says why not. An IPv6 address counts with its network of 64 bits.
  std::optional<Closed> enter(const boost::asio::ip::address& from);
  void leave(const boost::asio::ip::address& from);

 private:
  struct Hash {
    std::size_t operator()(const boost::asio::ip::address_v6::bytes_type& bytes) const;
  };
  using Key = boost::asio::ip::address_v6::bytes_type;
  static Key key_of(const boost::asio::ip::address& from);

  const std::size_t most_, most_of_address_;
  std::mutex mutex_;
  std::size_t count_ = 0;
  std::unordered_map<Key, std::size_t, Hash> of_address_;
};

}  // namespace quarentena::serve
