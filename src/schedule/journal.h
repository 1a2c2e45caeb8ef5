#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/plan.h"
#include "store/remote_folder.h"

namespace quarentena::schedule {

struct JournalEntry {
  std::int64_t number = 0;
  std::string text;
};

/// The place of a journal: small files, each made once and never changed.
class JournalPlace {
 public:
  virtual ~JournalPlace() = default;
  virtual std::string name() const = 0;  ///< for people
  virtual Result<std::vector<std::string>> list() = 0;
  /// nullopt: nothing of that name.
  virtual Result<std::optional<std::string>> read(const std::string& name) = 0;
  /// On the disk, whole, when this returns `done`; of several at once one wins.
  virtual Result<PutNew> add(const std::string& name, const std::string& text) = 0;
  virtual Status remove(const std::string& name) = 0;
};

/// A folder of this machine, or one that several have mounted.
std::unique_ptr<JournalPlace> local_place(std::filesystem::path folder);
/// Where the machines that load the plan's table meet: in its staging when that is elsewhere, else
/// beside a table that is on an object store, else in this machine's staging. A call that takes
/// longer than `patience_ms` is given up (machine). Errors: config, auth.
Result<std::unique_ptr<JournalPlace>> meeting_place(const Plan& plan, std::int64_t patience_ms);

/// Numbered texts that several machines write; the newest says how things stand. An entry is added
/// only as the successor of the one its writer has read, so a writer who fell asleep for however
/// long and wakes up cannot undo what others wrote meanwhile. Errors are the place's.
class Journal {
 public:
  explicit Journal(std::unique_ptr<JournalPlace> place) : place_(std::move(place)) {}
  std::string name() const { return place_->name(); }

  /// nullopt: nobody wrote yet.
  Result<std::optional<JournalEntry>> newest();
  /// `taken`: another writer was first. All but a few before it are removed. The text must be of
  /// this writer alone, so that it knows its own again when the answer was lost.
  Result<PutNew> add(const JournalEntry& entry);

 private:
  Result<std::vector<std::int64_t>> numbers();
  std::unique_ptr<JournalPlace> place_;
};

}  // namespace quarentena::schedule
