#include "cli/progress.h"

#include <fmt/format.h>

#include <chrono>

#include "cli/log.h"
#include "cli/output.h"
#include "cli/terminal.h"

namespace quarentena::cli {
namespace {

constexpr auto kFrame = std::chrono::milliseconds(100);

std::string what_was_found(const Delivery& delivery) {
  if (delivery.delta)
    return fmt::format("Delta version {}, {} files, {}", delivery.delta->version,
                       delivery.delta->files.size(), as_bytes(delivery.size_bytes));
  return fmt::format("{} file{}, {}", delivery.files.size(), delivery.files.size() == 1 ? "" : "s",
                     as_bytes(delivery.size_bytes));
}

std::string what_was_loaded(const Account& account) {
  return fmt::format("{} rows read, {} in quarantine", with_thousands(account.read),
                     with_thousands(account.quarantined));
}

}  // namespace

Progress::Progress(Mode mode)
    : live_(mode == Mode::automatic && log_format() == LogFormat::text && use_color(Stream::err)),
      quiet_(mode == Mode::quiet) {}

Progress::~Progress() { stop_drawing(); }

void Progress::found(const Source& source, const Delivery& delivery) {
  const std::lock_guard lock(mutex_);
  sizes_[source.name] = delivery.size_bytes;
  if (live_ || quiet_) return;
  log(fmt::format("{}: found {}\n", source.name, what_was_found(delivery)), "found",
      {{"source", source.name},
       {"files", std::to_string(delivery.files.size())},
       {"bytes", std::to_string(delivery.size_bytes)}});
}

void Progress::started(const std::vector<const Source*>& sources,
                       const std::vector<const SourceProgress*>& progress) {
  const std::lock_guard lock(mutex_);
  sources_ = sources;
  progress_ = &progress;
  started_ms_ = now_ms();
  if (!live_) return;
  drawing_ = true;
  painter_ = std::thread([this] {
    while (drawing_) {
      std::this_thread::sleep_for(kFrame);
      if (drawing_) draw(false);
    }
  });
}

void Progress::loaded(const Source& source, const Account& account) {
  const std::lock_guard lock(mutex_);
  accounts_[source.name] = account;
  if (live_ || quiet_) return;
  log(fmt::format("{}: {}\n", source.name, what_was_loaded(account)), "loaded",
      {{"source", source.name},
       {"read", std::to_string(account.read)},
       {"quarantined", std::to_string(account.quarantined)},
       {"rejected", std::to_string(account.rejected)}});
}

void Progress::finished() {
  stop_drawing();
  if (live_) draw(true);
}

void Progress::stop_drawing() {
  drawing_ = false;
  if (painter_.joinable()) painter_.join();
}

void Progress::draw(bool last) {
  const std::lock_guard lock(mutex_);
  std::string out;
  if (lines_drawn_ > 0) out += fmt::format("\x1b[{}A", lines_drawn_);
  const auto elapsed = std::max<std::int64_t>(1, now_ms() - started_ms_);
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const auto& name = sources_[i]->name;
    const auto& progress = *(*progress_)[i];
    const auto account = accounts_.find(name);
    std::string mark = styled(Stream::err, Style::dim, "·"), text = "waiting";
    if (account != accounts_.end()) {
      mark = styled(Stream::err, Style::green, "✓");
      text = what_was_loaded(account->second);
    } else if (progress.started) {
      mark = styled(Stream::err, Style::yellow, "▸");
      text = progress.rows > 0
                 ? fmt::format("{} rows, {} of {}, {}/s", with_thousands(progress.rows),
                               as_bytes(progress.bytes), as_bytes(sizes_[name]),
                               as_bytes(progress.bytes * 1000 / elapsed))
                 : fmt::format("reading {}", as_bytes(sizes_[name]));
    } else if (last) {
      text = "not loaded";
    }
    out += fmt::format("\r\x1b[2K{} {:<16} {}\n", mark, name, text);
  }
  lines_drawn_ = sources_.size();
  print_err("{}", out);
  std::fflush(stderr);
}

}  // namespace quarentena::cli
