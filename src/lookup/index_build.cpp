#include "lookup/index_build.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <tuple>

#include "base/parallel.h"
#include "lookup/index_writer.h"

namespace quarentena {
namespace {

/// By the first eight bits of a hash: each is sorted by one thread.
constexpr std::size_t kParts = 256;

/// Writes that are under way at once.
constexpr std::size_t kAhead = 16;

std::size_t part_of(std::uint64_t hash) { return hash >> 56; }

struct Row {
  std::uint64_t id = 0;
  std::uint64_t key[3] = {};  ///< e-mail, phone, CPF; 0: none
  std::uint32_t fact = 0;
};

struct KeyOfRow {
  std::uint64_t hash = 0;
  std::uint32_t row = 0;
};

/// Grows without moving what is in it, and is emptied piece by piece: the whole is never there
/// twice.
template <class T>
class Pieces {
 public:
  void add(const T& value) {
    if (pieces_.empty() || pieces_.back().size() == kPiece) {
      pieces_.emplace_back();
      pieces_.back().reserve(kPiece);
    }
    pieces_.back().push_back(value);
  }
  std::size_t size() const {
    return pieces_.empty() ? 0 : (pieces_.size() - 1) * kPiece + pieces_.back().size();
  }
  void move_to(std::vector<T>& out) {
    for (auto& piece : pieces_) {
      out.insert(out.end(), piece.begin(), piece.end());
      std::vector<T>().swap(piece);
    }
    pieces_.clear();
  }

 private:
  static constexpr std::size_t kPiece = 512;
  std::vector<std::vector<T>> pieces_;
};

template <class T>
using Parts = std::vector<Pieces<T>>;

/// What one thread collects.
struct Collected {
  Parts<Row> rows = Parts<Row>(kParts);
  std::array<Parts<KeyOfRow>, 3> keys_of_rows = {Parts<KeyOfRow>(kParts), Parts<KeyOfRow>(kParts),
                                                 Parts<KeyOfRow>(kParts)};  ///< e-mail, phone, CPF
  std::array<std::uint64_t, 4> keys{};
  std::map<Fact, std::uint32_t> facts;  ///< of this thread's own
  std::vector<Fact> fact_list;
  Fact last;  ///< rows of one day and canal come in runs
  std::uint32_t last_fact = 0;

  std::uint32_t number_of(const Fact& fact) {
    if (!fact_list.empty() && fact == last) return last_fact;
    const auto [found, fresh] = facts.emplace(fact, static_cast<std::uint32_t>(fact_list.size()));
    if (fresh) fact_list.push_back(fact);
    last = fact;
    return last_fact = found->second;
  }
};

/// By what `order` gives of each, the hash first; all of them have the same first eight bits. They
/// are dealt out by the next twelve, which leaves some ten to be compared with each other.
template <class T, class Order>
std::vector<T> sorted(std::vector<T> values, const Order& order) {
  constexpr std::size_t kBuckets = 4096;
  const auto bucket_of = [&](const T& value) {
    return static_cast<std::size_t>(std::get<0>(order(value)) >> 44 & (kBuckets - 1));
  };
  std::vector<std::uint32_t> ends(kBuckets + 1, 0);
  for (const auto& value : values) ++ends[bucket_of(value) + 1];
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) ends[bucket + 1] += ends[bucket];
  auto next = ends;
  std::vector<T> out(values.size());
  for (const auto& value : values) out[next[bucket_of(value)]++] = value;
  const auto less = [&](const T& a, const T& b) { return order(a) < order(b); };
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket)
    std::sort(out.begin() + ends[bucket], out.begin() + ends[bucket + 1], less);
  return out;
}

class Builder {
 public:
  explicit Builder(const IndexBuild& build) : build_(build) {}

  Status build() {
    TRY_STATUS(scan_day(build_.rows, [&](const DayRows& rows) { collect(rows); }));
    join_facts();
    TRY_STATUS(count());
    TRY_ASSIGN(writer_, IndexWriter::create(build_.file, description_));
    std::copy(facts_.begin(), facts_.end(), writer_->values<Fact>(description_.layout.facts));
    write_rows();
    for (const auto kind : {KeyKind::email, KeyKind::telefone, KeyKind::cpf}) write_keys(kind);
    return writer_->finish(build_.secret, threads());
  }

 private:
  std::size_t threads() const { return build_.rows.threads; }

  void collect(const DayRows& rows) {
    auto& mine = of_this_thread();
    const auto& secret = build_.secret;
    const auto hash = [&](KeyKind kind, std::string_view text) {
      if (text.empty()) return std::uint64_t{0};
      return key_hash(secret, {kind, KeyForm::plain}, text).value_or(0);
    };
    for (std::size_t i = 0; i < rows.size; ++i) {
      const auto id = hash(KeyKind::id_cliente, rows.id_cliente[i]);
      Row row;
      row.id = id;
      row.key[0] = hash(KeyKind::email, rows.email[i]);
      row.key[1] = hash(KeyKind::telefone, rows.telefone[i]);
      if (!rows.cpf.empty()) row.key[2] = hash(KeyKind::cpf, rows.cpf[i]);
      for (std::size_t k = 0; k < 3; ++k) mine.keys[k + 1] += row.key[k] != 0;
      row.fact = mine.number_of(
          {static_cast<std::uint32_t>(rows.canal), rows.data_envio[i], rows.saida_prevista[i]});
      mine.rows[part_of(id)].add(row);
    }
  }

  Collected& of_this_thread() {
    const std::lock_guard lock(mutex_);
    auto& mine = collected_[std::this_thread::get_id()];
    if (!mine) mine = std::make_unique<Collected>();
    return *mine;
  }

  /// Facts get the numbers of their order, so that the same table gives the same file.
  void join_facts() {
    for (const auto& [id, mine] : collected_)
      facts_.insert(facts_.end(), mine->fact_list.begin(), mine->fact_list.end());
    std::sort(facts_.begin(), facts_.end());
    facts_.erase(std::unique(facts_.begin(), facts_.end()), facts_.end());
    for (const auto& [id, mine] : collected_) {
      auto& numbers = number_of_.emplace_back();
      numbers.collected = mine.get();
      for (const auto& fact : mine->fact_list)
        numbers.facts.push_back(static_cast<std::uint32_t>(
            std::lower_bound(facts_.begin(), facts_.end(), fact) - facts_.begin()));
    }
  }

  Status count() {
    std::array<std::uint64_t, 4> keys{};
    std::uint64_t rows = 0;
    for (std::size_t part = 0; part < kParts; ++part) {
      first_row_.push_back(rows);
      for (const auto& [id, mine] : collected_) rows += mine->rows[part].size();
    }
    for (const auto& [id, mine] : collected_)
      for (std::size_t kind = 1; kind < keys.size(); ++kind) keys[kind] += mine->keys[kind];
    keys[0] = rows;
    if (rows >= kNowhere)
      return fail(ErrorKind::config,
                  fmt::format("a day of {} rows is more than an index holds", rows),
                  "ask with `quarentena sql`");
    description_.info = build_.info;
    description_.info.rows = static_cast<std::int64_t>(rows);
    description_.info.without_email = static_cast<std::int64_t>(rows - keys[1]);
    description_.info.without_telefone = static_cast<std::int64_t>(rows - keys[2]);
    description_.canais = build_.rows.canais();
    description_.layout = lay_out(rows, keys, facts_.size());
    return {};
  }

  void write_rows() {
    const auto& layout = description_.layout;
    auto* hashes = writer_->values<std::uint64_t>(layout.keys[0].hashes);
    auto* facts = writer_->values<std::uint32_t>(layout.fact_of_row);
    std::uint32_t* of_row[] = {writer_->values<std::uint32_t>(layout.of_row[0]),
                               writer_->values<std::uint32_t>(layout.of_row[1])};
    in_parallel(kParts, threads(), [&](std::size_t part) -> Status {
      auto& mine = of_this_thread();
      auto at = static_cast<std::uint32_t>(first_row_[part]);
      for (const auto& row : sorted_rows(part)) {
        hashes[at] = row.id;
        facts[at] = row.fact;
        for (std::size_t k = 0; k < 3; ++k)
          if (row.key[k] != 0)
            mine.keys_of_rows[k][part_of(row.key[k])].add({row.key[k], at});
          else if (k < 2)
            of_row[k][at] = kNowhere;
        ++at;
      }
      return {};
    });
    write_directory(layout.keys[0]);
  }

  std::vector<Row> sorted_rows(std::size_t part) {
    std::vector<Row> rows;
    for (const auto& numbers : number_of_) {
      const auto before = rows.size();
      numbers.collected->rows[part].move_to(rows);
      for (auto i = before; i < rows.size(); ++i) rows[i].fact = numbers.facts[rows[i].fact];
    }
    return sorted(std::move(rows),
                  [](const Row& row) { return std::tie(row.id, row.fact, row.key[0]); });
  }

  void write_keys(KeyKind kind) {
    const auto k = static_cast<std::size_t>(kind) - 1;
    const auto& place = description_.layout.keys[k + 1];
    auto* hashes = writer_->values<std::uint64_t>(place.hashes);
    auto* rows = writer_->values<std::uint32_t>(place.rows);
    auto* of_row = kind == KeyKind::cpf
                       ? nullptr
                       : writer_->values<std::uint32_t>(description_.layout.of_row[k]);
    std::vector<std::uint64_t> first(kParts + 1, 0);
    for (std::size_t part = 0; part < kParts; ++part) {
      first[part + 1] = first[part];
      for (const auto& [id, mine] : collected_)
        first[part + 1] += mine->keys_of_rows[k][part].size();
    }
    in_parallel(kParts, threads(), [&](std::size_t part) -> Status {
      std::vector<KeyOfRow> keys;
      keys.reserve(first[part + 1] - first[part]);
      for (const auto& [id, mine] : collected_) mine->keys_of_rows[k][part].move_to(keys);
      keys =
          sorted(std::move(keys), [](const KeyOfRow& key) { return std::tie(key.hash, key.row); });
      auto at = static_cast<std::uint32_t>(first[part]);
      for (std::size_t i = 0; i < keys.size(); ++i, ++at) {
        hashes[at] = keys[i].hash;
        rows[at] = keys[i].row;
        if (of_row == nullptr) continue;
        // They lie anywhere: asked for ahead, their memory is there in time.
        if (i + kAhead < keys.size()) __builtin_prefetch(&of_row[keys[i + kAhead].row], 1);
        of_row[keys[i].row] = at;
      }
      return {};
    });
    write_directory(place);
  }

  void write_directory(const HashPlace& place) {
    const auto* hashes = writer_->values<std::uint64_t>(place.hashes);
    auto* directory = writer_->values<std::uint32_t>(place.directory);
    const auto entries = std::uint64_t{1} << place.bits;
    std::uint64_t at = 0;
    for (std::uint64_t entry = 0; entry < entries; ++entry) {
      while (at < place.hashes.count && (hashes[at] >> (64 - place.bits)) < entry) ++at;
      directory[entry] = static_cast<std::uint32_t>(at);
    }
    directory[entries] = static_cast<std::uint32_t>(place.hashes.count);
  }

  const IndexBuild& build_;
  std::mutex mutex_;
  std::map<std::thread::id, std::unique_ptr<Collected>> collected_;
  std::vector<Fact> facts_;
  /// The numbers of a thread's own facts.
  struct Numbers {
    Collected* collected = nullptr;
    std::vector<std::uint32_t> facts;
  };
  std::vector<Numbers> number_of_;
  std::vector<std::uint64_t> first_row_;  ///< of each part
  Description description_;
  std::unique_ptr<IndexWriter> writer_;
};

}  // namespace

Status build_index(const IndexBuild& build) { return Builder(build).build(); }

}  // namespace quarentena
