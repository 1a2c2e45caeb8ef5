#include "lookup/index_build.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "base/parallel.h"
#include "lookup/index_writer.h"

namespace quarentena {
namespace {

constexpr std::size_t kParts =
    256;  ///< by the first eight bits of a hash: each is sorted by one thread

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
      for (const auto& fact : mine->fact_list)
        numbers.push_back(static_cast<std::uint32_t>(
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
    keys_.resize(3 * kParts * kParts);
    in_parallel(kParts, threads(), [&](std::size_t part) -> Status {
      const auto rows = sorted_rows(part);
      auto at = first_row_[part];
      for (const auto& row : rows) {
        hashes[at] = row.id;
        facts[at] = row.fact;
        for (std::size_t k = 0; k < 3; ++k)
          if (row.key[k] != 0)
            keys_[(k * kParts + part_of(row.key[k])) * kParts + part].push_back(
                {row.key[k], static_cast<std::uint32_t>(at)});
        ++at;
      }
      return {};
    });
    write_directory(layout.keys[0]);
  }

  std::vector<Row> sorted_rows(std::size_t part) {
    std::vector<Row> rows;
    std::size_t thread = 0;
    for (const auto& [id, mine] : collected_) {
      const auto before = rows.size();
      mine->rows[part].move_to(rows);
      for (auto i = before; i < rows.size(); ++i) rows[i].fact = number_of_[thread][rows[i].fact];
      ++thread;
    }
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      return std::tie(a.id, a.fact, a.key[0]) < std::tie(b.id, b.fact, b.key[0]);
    });
    return rows;
  }

  void write_keys(KeyKind kind) {
    const auto k = static_cast<std::size_t>(kind);
    const auto& place = description_.layout.keys[k];
    auto* hashes = writer_->values<std::uint64_t>(place.hashes);
    auto* rows = writer_->values<std::uint32_t>(place.rows);
    auto* of_row = kind == KeyKind::cpf
                       ? nullptr
                       : writer_->values<std::uint32_t>(description_.layout.of_row[k - 1]);
    if (of_row != nullptr) std::fill_n(of_row, description_.info.rows, kNowhere);
    auto* all = keys_.data() + (k - 1) * kParts * kParts;
    std::vector<std::uint64_t> first(kParts + 1, 0);
    for (std::size_t part = 0; part < kParts; ++part) {
      first[part + 1] = first[part];
      for (std::size_t from = 0; from < kParts; ++from)
        first[part + 1] += all[part * kParts + from].size();
    }
    in_parallel(kParts, threads(), [&](std::size_t part) -> Status {
      std::vector<KeyOfRow> keys;
      keys.reserve(first[part + 1] - first[part]);
      for (std::size_t from = 0; from < kParts; ++from) {
        auto& some = all[part * kParts + from];
        keys.insert(keys.end(), some.begin(), some.end());
        std::vector<KeyOfRow>().swap(some);
      }
      std::sort(keys.begin(), keys.end(), [](const KeyOfRow& a, const KeyOfRow& b) {
        return std::tie(a.hash, a.row) < std::tie(b.hash, b.row);
      });
      auto at = first[part];
      for (const auto& key : keys) {
        hashes[at] = key.hash;
        rows[at] = key.row;
        if (of_row != nullptr) of_row[key.row] = static_cast<std::uint32_t>(at);
        ++at;
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
  std::vector<std::vector<std::uint32_t>> number_of_;  ///< of each thread's facts, by thread
  std::vector<std::uint64_t> first_row_;               ///< of each part
  /// By kind (e-mail, phone, CPF), part of the key's hash, part of the id's.
  std::vector<std::vector<KeyOfRow>> keys_;
  Description description_;
  std::unique_ptr<IndexWriter> writer_;
};

}  // namespace

Status build_index(const IndexBuild& build) { return Builder(build).build(); }

}  // namespace quarentena
