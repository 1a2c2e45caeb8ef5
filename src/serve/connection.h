#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "serve/api.h"
#include "serve/tls.h"

namespace quarentena::serve {

class Lane;

/// Of one thread's context: without the executor of any kind that costs a call for each operation.
using Socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// A client's connection: requests one after the other, each with its times and sizes bounded. All
/// but Asker's part belongs to the lane's thread.
class Connection : public Asker {
 public:
  virtual void start() = 0;
  /// Something may have taken too long. Now and then.
  virtual void tick() = 0;
  /// The next answer is the last; a client that says nothing more has a moment to begin.
  virtual void drain() = 0;
  /// At once, whatever it is doing. The lane forgets it.
  virtual void close() = 0;
  virtual const boost::asio::ip::address& from() const = 0;

  std::size_t slot = 0;  ///< the lane's
};

/// `tls` may be null: plain HTTP. It is needed only for the call.
std::shared_ptr<Connection> make_connection(Lane& lane, Socket socket, Door door,
                                            const boost::asio::ip::address& from, TlsContext* tls);

}  // namespace quarentena::serve
