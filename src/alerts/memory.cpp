#include "alerts/memory.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/file_lock.h"
#include "base/files.h"
#include "base/whole_file.h"

namespace quarentena::alerts {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* kSchema = "quarentena/alerts_memory/1";
constexpr int kPatienceMs = 10'000;

fs::path file_in(const fs::path& folder) { return folder / "memory.json"; }

Json json_of(const Notice& notice) {
  return {{"event", name(notice.event)},
          {"over", name(notice.over)},
          {"incident", notice.incident},
          {"at_ms", notice.at_ms},
          {"data_carga", notice.data_carga.iso()},
          {"source", notice.source},
          {"run_id", notice.run_id},
          {"what", notice.what},
          {"means", notice.means},
          {"next", notice.next}};
}

// What follows throws what nlohmann throws.

Alerts::Event event_of(const Json& json) {
  for (int i = 0; i < Alerts::kEvents; ++i)
    if (json == name(static_cast<Alerts::Event>(i))) return static_cast<Alerts::Event>(i);
  return Alerts::Event::failed;
}

Date date_of(const Json& json) { return Date::parse_iso(json.get<std::string>()).value_or(Date()); }

Notice notice_of(const Json& json) {
  Notice notice;
  notice.event = event_of(json.at("event"));
  notice.over = event_of(json.at("over"));
  notice.incident = json.at("incident");
  notice.at_ms = json.at("at_ms");
  notice.data_carga = date_of(json.at("data_carga"));
  notice.source = json.at("source");
  notice.run_id = json.at("run_id");
  notice.what = json.at("what");
  notice.means = json.at("means");
  notice.next = json.at("next").get<std::vector<std::string>>();
  return notice;
}

Json notices_json(const std::vector<Notice>& notices) {
  Json out = Json::array();
  for (const auto& notice : notices) out.push_back(json_of(notice));
  return out;
}

std::vector<Notice> notices_of(const Json& json) {
  std::vector<Notice> out;
  for (const auto& each : json) out.push_back(notice_of(each));
  return out;
}

Json json_of(const Outbox& outbox) {
  Json message;
  if (outbox.message)
    message = {{"id", outbox.message->id},       {"notices", notices_json(outbox.message->notices)},
               {"tries", outbox.message->tries}, {"next_try_ms", outbox.message->next_try_ms},
               {"error", outbox.message->error}, {"refused", outbox.message->refused}};
  return {{"message", std::move(message)},
          {"waiting", notices_json(outbox.waiting)},
          {"sent_ms", outbox.sent_ms}};
}

Outbox outbox_of(const Json& json) {
  Outbox outbox;
  if (const auto& message = json.at("message"); message.is_object())
    outbox.message = Message{message.at("id"),    notices_of(message.at("notices")),
                             message.at("tries"), message.at("next_try_ms"),
                             message.at("error"), message.at("refused")};
  outbox.waiting = notices_of(json.at("waiting"));
  outbox.sent_ms = json.at("sent_ms").get<std::vector<std::int64_t>>();
  return outbox;
}

Memory memory_of(const Json& json) {
  Memory memory;
  memory.looked_ms = json.at("looked_ms");
  if (json.at("newest").is_string()) memory.incidents.newest = date_of(json.at("newest"));
  for (const auto& [key, value] : json.at("incidents").items())
    memory.incidents.open[key] = {value.at("id"), event_of(value.at("event")),
                                  date_of(value.at("data_carga")), value.at("since_ms"),
                                  value.at("what")};
  for (const auto& [source, day] : json.at("in_time").items())
    memory.in_time[source] = date_of(day);
  for (const auto& [channel, outbox] : json.at("outboxes").items())
    memory.outboxes[channel] = outbox_of(outbox);
  return memory;
}

std::optional<std::string> text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

std::string to_json(const Memory& memory) {
  Json incidents = Json::object(), in_time = Json::object(), outboxes = Json::object();
  for (const auto& [key, incident] : memory.incidents.open)
    incidents[key] = {{"id", incident.id},
                      {"event", name(incident.event)},
                      {"data_carga", incident.data_carga.iso()},
                      {"since_ms", incident.since_ms},
                      {"what", incident.what}};
  for (const auto& [source, day] : memory.in_time) in_time[source] = day.iso();
  for (const auto& [channel, outbox] : memory.outboxes) outboxes[channel] = json_of(outbox);
  const auto& newest = memory.incidents.newest;
  const Json out = {{"schema", kSchema},
                    {"looked_ms", memory.looked_ms},
                    {"newest", newest ? Json(newest->iso()) : Json()},
                    {"incidents", std::move(incidents)},
                    {"in_time", std::move(in_time)},
                    {"outboxes", std::move(outboxes)}};
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<Memory> memory_from_json(const std::string& text) {
  try {
    const auto json = Json::parse(text);
    if (json.value("schema", "") != kSchema) return std::nullopt;
    return memory_of(json);
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

Memory read_memory(const fs::path& folder) {
  const auto text = text_of(file_in(folder));
  return text ? memory_from_json(*text).value_or(Memory()) : Memory();
}

Status change_memory(const fs::path& folder, const std::function<void(Memory&)>& change) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return tl::unexpected<Error>(disk_error(folder, "create", error.value()));
  TRY_ASSIGN(const auto lock, FileLock::hold(folder / "lock", kPatienceMs));
  if (!lock)
    return fail(ErrorKind::transient,
                fmt::format("{} is in use by another process", file_in(folder).string()));
  const auto text = text_of(file_in(folder));
  auto memory = text ? memory_from_json(*text) : std::optional(Memory());
  // To tell of an incident twice is better than to be silent from now on.
  if (!memory) fs::rename(file_in(folder), folder / "memory.json.damaged", error);
  if (!memory) memory.emplace();
  const auto before = text.value_or("");
  change(*memory);
  const auto after = to_json(*memory);
  return after == before ? Status{} : write_whole(file_in(folder), after);
}

}  // namespace quarentena::alerts
