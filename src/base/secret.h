#pragma once

#include <string>
#include <string_view>

namespace quarentena {

/// A password, a token, a key. It cannot be printed (fmt and streams do not compile), compared or
/// converted by accident: the only way to its text is reveal(), at the place that hands it to a
/// server. Wiped when destroyed or
/// overwritten. Not thread-safe while it is being assigned.
class Secret {
 public:
  Secret() = default;
  /// Takes the text over; the caller's copy is wiped when it is passed by std::move.
  explicit Secret(std::string&& text);
  explicit Secret(std::string_view text);
  ~Secret();
  Secret(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;

  /// Valid until this Secret changes. Never pass it to fmt, a stream, an Error or a command line.
  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  void wipe() noexcept;
  std::string text_;
};

/// Overwrites the text's bytes so that the compiler cannot leave it out, then empties it.
void wipe(std::string& text) noexcept;

template <class Stream>
Stream& operator<<(Stream&, const Secret&) = delete;

}  // namespace quarentena
