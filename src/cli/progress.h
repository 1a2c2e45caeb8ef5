#pragma once

#include <atomic>
#include <mutex>
#include <thread>

#include "run/pipeline.h"

namespace quarentena::cli {

/// Shows a run on stderr: on a terminal a line a source that is redrawn ten times a second (rows,
/// bytes, rate); elsewhere a plain line when a source is found and when it is loaded.
class Progress final : public RunWatcher {
 public:
  enum class Mode { automatic, quiet };
  explicit Progress(Mode mode);
  ~Progress() override;

  void found(const Source& source, const Delivery& delivery) override;
  void started(const std::vector<const Source*>& sources,
               const std::vector<const SourceProgress*>& progress) override;
  void loaded(const Source& source, const Account& account) override;
  void finished() override;

 private:
  void draw(bool last);
  void stop_drawing();

  bool live_;
  bool quiet_;
  std::mutex mutex_;
  std::map<std::string, std::int64_t> sizes_;
  std::map<std::string, Account> accounts_;
  std::vector<const Source*> sources_;
  const std::vector<const SourceProgress*>* progress_ = nullptr;
  std::int64_t started_ms_ = 0;
  std::size_t lines_drawn_ = 0;
  std::atomic<bool> drawing_{false};
  std::thread painter_;
};

}  // namespace quarentena::cli
