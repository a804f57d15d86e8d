// The log: the one door to spdlog.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace spdlog {
class logger;
}

namespace stoa::report {

enum class Level { kTrace, kDebug, kInfo, kWarn, kError };

// The level that the manifest calls "trace", "debug", "info", "warn" or "error".
[[nodiscard]] std::optional<Level> level_named(std::string_view name) noexcept;

struct Field {
  std::string_view key;
  std::string_view value;
};

// Writes lines to standard error: time, level, part, text, and `key=value` fields. One per process,
// owned by main, borrowed by everyone else. Any thread may write.
class Log {
 public:
  // Lines below `least` are not written.
  explicit Log(Level least);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Ask before building an expensive text.
  [[nodiscard]] bool enabled(Level level) const noexcept;

  // `part` is who speaks: a room of the house ("net") or "plugin/chat". Control characters in the
  // text and the fields are written escaped, so that one call is one line. Cut at 8 KiB.
  void write(Level level, std::string_view part, std::string_view text,
             std::span<const Field> fields = {}) noexcept;

  void debug(std::string_view part, std::string_view text, std::span<const Field> f = {}) noexcept {
    write(Level::kDebug, part, text, f);
  }
  void info(std::string_view part, std::string_view text, std::span<const Field> f = {}) noexcept {
    write(Level::kInfo, part, text, f);
  }
  void warn(std::string_view part, std::string_view text, std::span<const Field> f = {}) noexcept {
    write(Level::kWarn, part, text, f);
  }
  void error(std::string_view part, std::string_view text, std::span<const Field> f = {}) noexcept {
    write(Level::kError, part, text, f);
  }

 private:
  std::unique_ptr<spdlog::logger> logger_;
};

}  // namespace stoa::report
