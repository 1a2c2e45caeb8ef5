#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "config/plan.h"
#include "table/table.h"
#include "trust/ledger_row.h"

/// May we contact these people, on this channel, on this day? The published table as one file that
/// is asked in well under a microsecond. docs/guides/before-a-campaign.md tells it to users;
/// lookup/index_file.h what the file holds, and what it reveals.
namespace quarentena {

enum class KeyKind : std::uint8_t { id_cliente, email, telefone, cpf };
const char* name(KeyKind kind);

/// How who asks writes a key.
enum class KeyForm : std::uint8_t {
  plain,  ///< an id as the table has it (outer blanks aside); else any writing that identity/ reads
  sha256,  ///< 64 hex digits of the SHA-256 of identity/'s key; an id_cliente has no such form
};

struct KeyType {
  KeyKind kind = KeyKind::id_cliente;
  KeyForm form = KeyForm::plain;
  friend bool operator==(KeyType, KeyType) = default;
};
/// "id_cliente", "email", "telefone", "cpf", "sha256:email", "sha256:telefone", "sha256:cpf".
std::optional<KeyType> key_type(std::string_view text);
std::string name(KeyType type);

enum class Standing : std::uint8_t {
  free,     ///< nothing in the table holds them back
  blocked,  ///< in quarantine
  unknown,  ///< nobody may conclude that they are free
};
const char* name(Standing standing);  ///< "free", "blocked", "unknown"

/// Why an answer is `unknown`.
enum class Unknown : std::uint8_t {
  none,       ///< it is not
  no_table,   ///< nothing was published yet
  no_load,    ///< the table holds no load of that day
  stale,      ///< the newest load is older than `check.max_age`
  not_a_key,  ///< the text asked about is empty or no e-mail, phone, CPF or digest
  damaged,    ///< the index file does not hold what was written: open_index() makes it anew
};
/// One line for people: "the table holds no load of that day".
std::string_view reason_of(Unknown why);
/// One word for programs: "no_load".
const char* name(Unknown why);

/// Whose quarantine it is.
enum class Whose : std::uint8_t {
  own,     ///< of the very key asked about
  person,  ///< of another key of the same person (`check.person`)
};

/// One answer. Twelve bytes; Checker::quarantine() tells what is behind `fact`.
struct Answer {
  Standing standing = Standing::unknown;
  Unknown why = Unknown::no_table;
  Whose whose = Whose::own;
  KeyKind through = KeyKind::id_cliente;  ///< the key that found it: asked about, or shared
  std::uint32_t fact = 0;  ///< of blocked: the quarantine that leaves last of those that block
};

/// A quarantine that a row of the table tells of.
struct Quarantine {
  std::string_view canal;              ///< lives as long as the index
  std::optional<Date> data_envio;      ///< absent: not known (until removed)
  std::optional<Date> saida_prevista;  ///< the last day in quarantine; absent: until removed
  /// The first day out; absent: not before its source no longer holds it.
  std::optional<Date> free_from() const {
    if (!saida_prevista) return std::nullopt;
    return Date(saida_prevista->days() + 1);
  }
};

/// What became of a canal's source on the day of the load.
struct CanalState {
  std::string canal;
  std::string source;
  Decision decision = Decision::accepted;
  std::optional<Date> in_force_since;  ///< of carried: the day of the delivery still in force
};

struct IndexInfo {
  std::string location;        ///< of the table
  std::string table_id;        ///< Delta's
  std::int64_t version = 0;    ///< of the table
  Date data_carga;             ///< the load's day
  std::int64_t loaded_ms = 0;  ///< when that version was committed
  std::int64_t rows = 0;
  std::int64_t without_email = 0;     ///< rows that e-mail does not find: none, or not one
  std::int64_t without_telefone = 0;  ///< the same of phones
  bool has_cpf = false;               ///< `identity.cpf` names where the table holds it
  std::vector<CanalState> canais;     ///< the ledger's, by canal; empty: it has no row of that day
};

/// An index of one day of the table: a file mapped into memory, never changed once it is there.
/// Safe from any number of threads. A file that is replaced stays readable for who has it open.
class Index {
 public:
  virtual ~Index() = default;
  Index() = default;
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  virtual const IndexInfo& info() const = 0;
  /// Some block read so far did not hold what was written. Answers that needed it were
  /// Unknown::damaged; the next open_index() refuses the file.
  virtual bool damaged() const = 0;
};

struct OpenIndex {
  std::optional<Date> on;  ///< the load of that day; absent: the newest one up to today
  int threads = 0;         ///< that build; 0: as many as the machine has
  const std::atomic<bool>* stop = nullptr;  ///< may be null
};

struct OpenedIndex {
  std::shared_ptr<const Index> index;  ///< null: see `why`
  Unknown why = Unknown::none;         ///< no_table or no_load
  std::string built_because;           ///< a sentence; empty: the file that was there is good
};

/// The index of the table's latest version, from `<staging>/index/`: the file that is there when it
/// is whole and of this table and version (a few milliseconds, most of them the table's log), else
/// one that is built and put in its place by rename (seconds for ten million rows; processes that
/// build at once each end with a good one). Whether the load is too old is for freshness().
/// Errors: those of reading the table; machine (disk).
Result<OpenedIndex> open_index(const Plan& plan, const TableAt& table,
                               const OpenIndex& options = {});

/// Unknown::stale when a question about today is older than `check.max_age`, else none. The load's
/// age counts from its commit, or from the end of its day when it was loaded later.
Unknown freshness(const Plan& plan, const IndexInfo& info, std::int64_t now_ms);

/// What is going to be sent.
struct Campaign {
  std::string canal;    ///< by which `check.blocks` chooses; empty: any quarantine blocks
  std::string purpose;  ///< of `check.exemptions`; empty: none
};

struct Question {
  KeyType type;
  std::string_view text;
};

/// One campaign's questions on one day. Copies are cheap; safe from any number of threads.
class Checker {
 public:
  /// `day`: today, or the day that the index is of; a quarantine whose last day is before it does
  /// not block any more. Errors: config (a canal or purpose that nobody knows: names the nearest).
  static Result<Checker> create(std::shared_ptr<const Index> index, const Plan& plan,
                                const Campaign& campaign, Date day);

  /// A question about a CPF of a table that has none (IndexInfo::has_cpf) is config; nothing else
  /// fails.
  Status check_type(KeyType type) const;

  Answer ask(const Question& question) const;
  /// The same of many, faster: memory is asked for ahead. `answers` has room for `count`.
  void ask(const Question* questions, std::size_t count, Answer* answers) const;

  /// Of a blocked answer of this checker.
  Quarantine quarantine(const Answer& answer) const;

  const Index& index() const;
  Date day() const;

 private:
  struct State;
  explicit Checker(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

/// "CRM until 2024-06-10, found by its e-mail": one line for people, no personal data.
std::string reason_of(const Checker& checker, const Answer& answer);

}  // namespace quarentena
