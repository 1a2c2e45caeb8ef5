#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "telemetry/telemetry.h"

// opentelemetry-proto: ids are hexadecimal, enums and 64-bit integers as its JSON encoding asks.
namespace quarentena {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kInternal = 1;
constexpr int kOk = 1;
constexpr int kError = 2;

std::string hex_of(const std::string& text, std::size_t digits) {
  Sha256 digest;
  digest.add(text);
  return digest.hex().substr(0, digits);
}

std::string nanoseconds(std::int64_t ms) { return std::to_string(ms * 1'000'000); }

class Attributes {
 public:
  Attributes& add(const char* key, const std::string& value) {
    if (!value.empty()) list_.push_back({{"key", key}, {"value", {{"stringValue", value}}}});
    return *this;
  }
  Attributes& add(const char* key, std::int64_t value) {
    list_.push_back({{"key", key}, {"value", {{"intValue", std::to_string(value)}}}});
    return *this;
  }
  Attributes& add(const char* key, const std::optional<std::int64_t>& value) {
    return value ? add(key, *value) : *this;
  }
  Json take() { return std::move(list_); }

 private:
  Json list_ = Json::array();
};

class Trace {
 public:
  explicit Trace(const RunReport& report) : report_(report) {}

  Json spans() {
    const auto root = id_of("run");
    add("run", root, {}, {report_.started_ms, report_.took_ms()}, of_run(),
        report_.error || report_.status == RunStatus::killed ? kError : kOk);
    for (const auto& step : report_.steps)
      add(step.name, id_of("step " + step.name), root, step.lapse, Json::array(), kOk);
    for (const auto& source : report_.sources) {
      if (source.fetched)
        add("fetch " + source.name, id_of("fetch " + source.name), parent("fetch"), *source.fetched,
            of_source(source), kOk);
      if (source.loaded)
        add("load " + source.name, id_of("load " + source.name), parent("load"), *source.loaded,
            of_source(source), kOk);
    }
    return std::move(spans_);
  }

 private:
  std::string id_of(const std::string& what) const {
    return hex_of(report_.run_id + "/" + what, 16);
  }

  std::string parent(const std::string& step) const {
    for (const auto& one : report_.steps)
      if (one.name == step) return id_of("step " + step);
    return id_of("run");
  }

  void add(const std::string& name, const std::string& id, const std::string& parent_id,
           const Lapse& lapse, Json attributes, int status) {
    Json span = {{"traceId", hex_of(report_.run_id, 32)}, {"spanId", id}};
    if (!parent_id.empty()) span["parentSpanId"] = parent_id;
    span.update({{"name", name},
                 {"kind", kInternal},
                 {"startTimeUnixNano", nanoseconds(lapse.started_ms)},
                 {"endTimeUnixNano", nanoseconds(lapse.started_ms + lapse.took_ms)},
                 {"attributes", std::move(attributes)},
                 {"status", {{"code", status}}}});
    spans_.push_back(std::move(span));
  }

  Json of_run() const {
    const auto total = report_.totals();
    Attributes out;
    out.add("quarentena.run_id", report_.run_id)
        .add("quarentena.data_carga", report_.data_carga.iso())
        .add("quarentena.status", std::string(name(report_.status)))
        .add("quarentena.engine", report_.engine)
        .add("quarentena.table_version", report_.version)
        .add("quarentena.rows_read", total.read)
        .add("quarentena.rows_quarantined", total.quarantined)
        .add("quarentena.rows_rejected", total.rejected);
    if (report_.status != RunStatus::killed)
      out.add("quarentena.exit_code", std::int64_t{report_.exit_code()});
    if (report_.error) out.add("error.type", std::string(name(report_.error->kind)));
    return out.take();
  }

  static Json of_source(const SourceReport& source) {
    Attributes out;
    out.add("quarentena.source", source.name)
        .add("quarentena.canal", source.canal)
        .add("quarentena.came", std::string(name(source.came)))
        .add("quarentena.decision", std::string(name(source.decision)))
        .add("quarentena.files", static_cast<std::int64_t>(source.files.size()));
    if (source.account) out.add("quarentena.rows_read", source.account->read);
    return out.take();
  }

  const RunReport& report_;
  Json spans_ = Json::array();
};

}  // namespace

std::string trace_json(const RunReport& report) {
  Attributes resource;
  resource.add("service.name", std::string("quarentena"))
      .add("service.version", report.program)
      .add("host.name", report.host);
  const Json scope = {{"scope", {{"name", "quarentena"}, {"version", report.program}}},
                      {"spans", Trace(report).spans()}};
  const Json out = {{"resourceSpans", Json::array({{{"resource", {{"attributes", resource.take()}}},
                                                    {"scopeSpans", Json::array({scope})}}})}};
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace quarentena
