#include "report/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <array>
#include <exception>
#include <utility>

#include "report/log_line.h"

namespace stoa::report {
namespace {

constexpr std::array<std::pair<std::string_view, Level>, 5> kLevels = {{
    {"trace", Level::kTrace},
    {"debug", Level::kDebug},
    {"info", Level::kInfo},
    {"warn", Level::kWarn},
    {"error", Level::kError},
}};

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kTrace:
      return spdlog::level::trace;
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      break;
  }
  return spdlog::level::err;
}

}  // namespace

Log::Log(Level least)
    : logger_(std::make_unique<spdlog::logger>(
          "stoa", std::make_shared<spdlog::sinks::stderr_color_sink_mt>())) {
  // Local time with its distance from UTC; the level in colour if standard error is a terminal.
  logger_->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%-7l%$ %v");
  logger_->set_level(to_spdlog(least));
}

Log::~Log() = default;

bool Log::enabled(Level level) const noexcept {
  return logger_->should_log(to_spdlog(level));
}

void Log::write(Level level, std::string_view part, std::string_view text,
                std::span<const Field> fields) noexcept {
  if (!enabled(level)) return;
  try {
    logger_->log(to_spdlog(level), log_line(part, text, fields));
  } catch (const std::exception&) {
    // Out of memory. The line is lost, which is better than the connection it speaks of.
  }
}

std::optional<Level> level_named(std::string_view name) noexcept {
  for (const auto& [known, level] : kLevels) {
    if (known == name) return level;
  }
  return std::nullopt;
}

}  // namespace stoa::report
