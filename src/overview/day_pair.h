#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Two days of the table as sorted keys, from which every count of the page follows. Internal to
/// overview/.
namespace quarentena {

/// Fits the mask of the canais that a client is in.
inline constexpr std::size_t kMostCanais = 64;

/// A client in a canal as one number: 57 bits of the id's hash, six of the canal, one that tells
/// whether the stay ends before the next day. Two clients of one hash are taken for one, which
/// among ten million happens once in some thousand tables.
class ClientKey {
 public:
  static std::uint64_t of(std::string_view id_cliente, std::size_t canal, bool ends);
  static std::uint64_t client(std::uint64_t key) { return key >> 7U; }
  static std::size_t canal(std::uint64_t key) { return key >> 1U & 63U; }
  static bool ends(std::uint64_t key) { return (key & 1U) != 0; }
  static std::uint64_t client_and_canal(std::uint64_t key) { return key >> 1U; }
};

struct Moves {
  std::int64_t entered = 0;
  std::int64_t left = 0;
  std::int64_t left_early = 0;  ///< of `left`: their period was not over
};

/// By canal. Both are sorted; `ends` of `before` counts.
std::vector<Moves> moves_between(const std::vector<std::uint64_t>& before,
                                 const std::vector<std::uint64_t>& now, std::size_t canais);

/// How many clients are in exactly those canais, a bit each. `now` is sorted.
std::map<std::uint64_t, std::int64_t> clients_by_canais(const std::vector<std::uint64_t>& now);

}  // namespace quarentena
