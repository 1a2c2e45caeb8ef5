#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "alerts/incidents.h"
#include "base/error.h"

/// What is remembered between processes: `<staging>/alerts/memory.json`. Internal to src/alerts.
namespace quarentena::alerts {

/// Notices on their way. Once it was tried it is never changed, so that whoever gets it twice (an
/// answer that was lost) sees one id.
struct Message {
  std::string id;
  std::vector<Notice> notices;
  int tries = 0;
  std::int64_t next_try_ms = 0;
  std::string error;     ///< of the last try
  bool refused = false;  ///< another try is no use until somebody corrects something
};

struct Outbox {
  std::optional<Message> message;     ///< goes first
  std::vector<Notice> waiting;        ///< go together once it is gone
  std::vector<std::int64_t> sent_ms;  ///< of messages within the last hour
};

struct Memory {
  Incidents incidents;
  std::map<std::string, Outbox> outboxes;  ///< by channel
  std::map<std::string, Date> in_time;     ///< source to a day of which look() saw its delivery
  std::int64_t looked_ms = 0;              ///< when look() saw the table
};

/// Runs `change` on what is remembered, and keeps what it made of it before it returns: written
/// beside, synced, renamed. One process at a time. What is damaged is put aside and begun anew.
/// Errors: machine, auth (the folder cannot be written); transient (another process kept it for
/// ten seconds).
Status change_memory(const std::filesystem::path& folder,
                     const std::function<void(Memory&)>& change);
/// Without changing it; an absent one is empty.
Memory read_memory(const std::filesystem::path& folder);

std::string to_json(const Memory& memory);
/// nullopt: not ours, or damaged.
std::optional<Memory> memory_from_json(const std::string& text);

}  // namespace quarentena::alerts
