#include "serve/access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/date.h"
#include "base/event_line.h"
#include "base/files.h"

namespace quarentena::serve {
namespace {

constexpr std::size_t kBuffer = 1 << 15;

/// What cannot be written is lost: the answers go on.
void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno != EINTR) return;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

Result<std::unique_ptr<LogFile>> LogFile::open(const std::string& to) {
  std::unique_ptr<LogFile> log(new LogFile(to));
  TRY_STATUS(log->reopen());
  return log;
}

LogFile::~LogFile() {
  if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
}

Status LogFile::reopen() {
  if (off()) return {};
  const std::lock_guard lock(mutex_);
  if (to_ == "stderr") {
    descriptor_ = STDERR_FILENO;
    return {};
  }
  const int fresh = ::open(to_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (fresh < 0) return tl::unexpected<Error>(disk_error(to_, "write", errno));
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = fresh;
  return {};
}

void LogFile::write(std::string_view lines) {
  if (off() || lines.empty()) return;
  const std::lock_guard lock(mutex_);
  write_all(descriptor_, lines);
}

void AccessLog::add(const Access& access) {
  if (file_.off()) return;
  const std::int64_t now = now_ms();
  if (now != stamp_ms_) {
    stamp_ms_ = now;
    stamp_ = utc_iso(now);
  }
  // By hand, as in HttpConnection::write_head(): a line for every answer.
  lines_.append(R"({"time":")").append(stamp_);
  lines_.append(R"(","endpoint":")").append(name(access.endpoint));
  lines_.append(R"(","method":")").append(access.method);
  lines_.append(R"(","status":)").append(std::to_string(access.status));
  if (!access.token.empty()) lines_.append(R"(,"token":")").append(access.token).append("\"");
  if (!access.address.empty()) lines_.append(R"(,"from":")").append(access.address).append("\"");
  if (access.keys > 0) lines_.append(R"(,"keys":)").append(std::to_string(access.keys));
  lines_.append(R"(,"bytes":)").append(std::to_string(access.bytes));
  lines_.append(R"(,"us":)").append(std::to_string(access.took_ns / 1000)).append("}\n");
  if (lines_.size() > kBuffer) flush();
}

void AccessLog::flush() {
  file_.write(lines_);
  lines_.clear();
}

void log_event(std::string_view event,
               std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  write_all(STDERR_FILENO, event_line(event, fields));
}

}  // namespace quarentena::serve
