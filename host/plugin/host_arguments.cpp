#include "plugin/host_arguments.h"

#include <string_view>

#include "wire/utf8.h"

namespace stoa::plugin {

namespace {

constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kMaxNumberName = 64;
constexpr uint32_t kMaxAskMs = 3'600'000;

std::string_view view(stoa_bytes bytes) noexcept {
  return {bytes.data, static_cast<std::size_t>(bytes.size)};
}

bool is_text(stoa_bytes text) noexcept {
  return well_formed(text) && wire::is_utf8(view(text));
}

bool is_close_code(uint32_t code) noexcept {
  return code == 1000 || code == 1001 || code == 1003 || (code >= 1007 && code <= 1011) ||
         (code >= 3000 && code <= 4999);
}

bool is_target(const stoa_target& target) noexcept {
  switch (target.scope) {
    case STOA_TO_CONNECTION:
      return target.connection != 0 && is_name(target.room);
    case STOA_TO_ROOM:
      return is_filled_name(target.room) && is_name(target.only_id);
    case STOA_TO_NAMESPACE:
      return is_name(target.only_id);
    default:
      return false;
  }
}

bool is_message(const stoa_message& message) noexcept {
  if (!well_formed(message.body)) return false;
  const bool text = (message.flags & STOA_MESSAGE_BINARY) == 0;
  if (text && !wire::is_utf8(view(message.body))) return false;
  return (message.flags & STOA_MESSAGE_NATIVE) != 0 || is_filled_name(message.event);
}

bool is_answer(const stoa_answer& answer) noexcept {
  if (answer.kind > STOA_ANSWER_CLOSE || !well_formed(answer.body)) return false;
  if (answer.kind == STOA_ANSWER_CLOSE && !is_close_code(answer.code)) return false;
  return answer.kind == STOA_ANSWER_REPLY || wire::is_utf8(view(answer.body));
}

}  // namespace

bool is_name(stoa_bytes name) noexcept {
  return name.size <= kMaxNameBytes && is_text(name);
}

bool is_filled_name(stoa_bytes name) noexcept {
  return name.size > 0 && is_name(name);
}

bool is_name_or_null(const stoa_bytes* name) noexcept {
  return !name || is_name(*name);
}

bool is_number_name(stoa_bytes name) noexcept {
  if (!well_formed(name) || name.size == 0 || name.size > kMaxNumberName) return false;
  const std::string_view text = view(name);
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return std::all_of(text.begin(), text.end(), fits) &&
         !(text.front() >= '0' && text.front() <= '9');
}

bool is_close(uint32_t code, stoa_bytes reason) noexcept {
  return is_close_code(code) && is_text(reason);
}

bool is_ask(const stoa_message& message, uint32_t mode, uint32_t timeout_ms) noexcept {
  return (message.flags & STOA_MESSAGE_NATIVE) == 0 && timeout_ms <= kMaxAskMs &&
         (mode == STOA_ASK_ANY || mode == STOA_ASK_ALL);
}

bool is_fact(uint32_t fact, stoa_bytes key, const stoa_sink* out) noexcept {
  return is_sink(out) && well_formed(key) && fact >= STOA_FACT_ID && fact <= STOA_FACT_ROOMS;
}

bool is_timer(uint64_t delay_ms, uint64_t period_ms, const stoa_timer* out) noexcept {
  return out && delay_ms <= STOA_MAX_TIMER_MS && period_ms <= STOA_MAX_TIMER_MS;
}

bool is_log(uint32_t level, stoa_bytes text, const stoa_field* fields,
            uint64_t field_count) noexcept {
  if (level > STOA_LOG_ERROR || !well_formed(text)) return false;
  if (field_count > kMaxFields || (!fields && field_count > 0)) return false;
  return std::all_of(fields, fields + field_count, [](const stoa_field& field) {
    return well_formed(field.key) && well_formed(field.value);
  });
}

bool read_target(const stoa_target* from, stoa_target& to) noexcept {
  return read(from, to) && is_target(to);
}

bool read_message(const stoa_message* from, stoa_message& to) noexcept {
  return read(from, to) && is_message(to);
}

bool read_answer(const stoa_answer* from, stoa_answer& to) noexcept {
  return read(from, to) && is_answer(to);
}

}  // namespace stoa::plugin
