#include "overview/day_pair.h"

#include <functional>

namespace quarentena {

std::uint64_t ClientKey::of(std::string_view id_cliente, std::size_t canal, bool ends) {
  const std::uint64_t hash = std::hash<std::string_view>()(id_cliente);
  return (hash & ~std::uint64_t{127}) | std::uint64_t{canal} << 1U | (ends ? 1U : 0U);
}

std::vector<Moves> moves_between(const std::vector<std::uint64_t>& before,
                                 const std::vector<std::uint64_t>& now, std::size_t canais) {
  std::vector<Moves> out(canais);
  const auto left = [&](std::uint64_t key) {
    auto& moves = out[ClientKey::canal(key)];
    ++moves.left;
    if (!ClientKey::ends(key)) ++moves.left_early;
  };
  const auto entered = [&](std::uint64_t key) { ++out[ClientKey::canal(key)].entered; };
  auto was = before.begin();
  auto is = now.begin();
  while (was != before.end() && is != now.end()) {
    const auto a = ClientKey::client_and_canal(*was), b = ClientKey::client_and_canal(*is);
    if (a <= b) {
      if (a < b) left(*was);
      ++was;
    }
    if (b <= a) {
      if (b < a) entered(*is);
      ++is;
    }
  }
  for (; was != before.end(); ++was) left(*was);
  for (; is != now.end(); ++is) entered(*is);
  return out;
}

std::map<std::uint64_t, std::int64_t> clients_by_canais(const std::vector<std::uint64_t>& now) {
  std::map<std::uint64_t, std::int64_t> out;
  for (auto key = now.begin(); key != now.end();) {
    const auto client = ClientKey::client(*key);
    std::uint64_t canais = 0;
    for (; key != now.end() && ClientKey::client(*key) == client; ++key)
      canais |= std::uint64_t{1} << ClientKey::canal(*key);
    ++out[canais];
  }
  return out;
}

}  // namespace quarentena
