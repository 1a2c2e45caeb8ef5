#include "config/keys.h"
#include "config/shapes.h"

namespace quarentena::keys {

const std::vector<Key>& schedule() {
  static const std::vector<Key> keys{
      {.name = "loads",
       .doc = "The loads that are begun by the clock. Each entry is a name of your choice.",
       .examples = {"{ diaria: { cron: \"0 6 * * *\" } }"},
       .shapes = {named_maps(scheduled_load(), kSourceNamePattern, "load")},
       .required = true,
       .also_called = {"jobs", "runs", "cargas"}},
      {.name = "catch_up",
       .doc = "How far back the daemon makes good what was missed while it was down: each missed "
              "day is loaded as its own `data_carga`, the oldest first.",
       .examples = {"30d"},
       .by_default = "7d",
       .shapes = {text("^[1-9][0-9]{0,3}[hd]$")},
       .also_called = {"backfill", "catchup", "recuperar"}},
      {.name = "retries",
       .doc = "How often a load that failed for a reason that may pass (exit code 5, or killed) is "
              "tried again, a minute later, then two, four, and so on to half an hour.",
       .examples = {"10"},
       .by_default = "5",
       .shapes = {integer(0, 100)},
       .also_called = {"max_retries", "attempts", "tentativas"}},
      {.name = "lease",
       .doc = "Only one daemon of all machines loads at a time. One that falls silent for this "
              "long is taken for dead, and another goes on.",
       .examples = {"5m"},
       .by_default = "60s",
       .shapes = {text("^[1-9][0-9]{0,5}(ms|s|m)$")},
       .also_called = {"lock", "lease_time"}},
  };
  return keys;
}

const std::vector<Key>& scheduled_load() {
  static const std::vector<Key> keys{
      {.name = "cron",
       .doc = "When: the five fields of a crontab (minute, hour, day, month, weekday) on the "
              "clocks of `timezone`. See docs/guides/scheduling.md for daylight saving.",
       .examples = {"\"0 6 * * *\"", "\"30 5 * * 1-5\""},
       .shapes = {text()},
       .required = true,
       .also_called = {"schedule", "at", "quando", "horario"}},
      {.name = "only",
       .doc = "The sources to load, by name; the other canais stay as they are.",
       .examples = {"[crm, fraude]"},
       .by_default = "all",
       .shapes = {texts()},
       .also_called = {"sources", "fontes"}},
      {.name = "wait_until",
       .doc = "A time of that day. Until then a load that was not whole (a source is late or "
              "broken: exit code 3 or 1) is tried again every `check_every`; what came counts at "
              "once, and what comes later takes its place.",
       .examples = {"\"09:00\""},
       .by_default = "a load is not repeated",
       .shapes = {text("^([01][0-9]|2[0-3]):[0-5][0-9]$")},
       .also_called = {"deadline", "wait", "prazo"}},
      {.name = "check_every",
       .doc = "How often, until `wait_until`.",
       .examples = {"5m"},
       .by_default = "10m",
       .shapes = {text("^[1-9][0-9]{0,5}(ms|s|m)$")},
       .also_called = {"interval", "every", "intervalo"}},
  };
  return keys;
}

}  // namespace quarentena::keys
