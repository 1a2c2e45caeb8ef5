#pragma once

#include <atomic>
#include <string>
#include <utility>

#include "base/error.h"

namespace quarentena {

/// One of the connections that may carry files from a host at once, over all threads of this
/// process. Servers count: SFTP accounts are often allowed a handful, and SharePoint throttles an
/// application that opens many. Held for as long as the connection is in use.
class HostSlot {
 public:
  /// Waits until fewer than `most` are held for `host` ("files.example.com:443"). Take it after
  /// every other lock: whoever holds one waits for nobody. Error: machine (`stop` was set).
  static Result<HostSlot> take(const std::string& host, int most, const std::atomic<bool>* stop);

  HostSlot() = default;  ///< holds nothing
  HostSlot(HostSlot&& other) noexcept : host_(std::exchange(other.host_, {})) {}
  HostSlot& operator=(HostSlot&& other) noexcept {
    std::swap(host_, other.host_);
    return *this;
  }
  ~HostSlot();

 private:
  explicit HostSlot(std::string host) : host_(std::move(host)) {}
  std::string host_;  // empty: holds nothing
};

}  // namespace quarentena
