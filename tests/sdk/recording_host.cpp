#include "recording_host.h"

#include <chrono>
#include <cstdlib>
#include <utility>

namespace stoa::testing {

namespace {

std::string text(stoa_bytes raw) {
  return raw.size == 0 ? std::string() : std::string(raw.data, raw.size);
}

std::string number(uint64_t value) {
  return std::to_string(value);
}

std::string quoted(stoa_bytes raw, uint32_t flags) {
  const bool binary = (flags & STOA_MESSAGE_BINARY) != 0;
  return (binary ? "binary '" : "'") + text(raw) + "'";
}

std::string described(const stoa_target& to) {
  std::string line = to.scope == STOA_TO_NAMESPACE ? "everyone"
                     : to.scope == STOA_TO_ROOM    ? "room " + text(to.room)
                                                   : number(to.connection);
  if (to.scope == STOA_TO_CONNECTION && to.room.size > 0) line += " in " + text(to.room);
  if (to.except != 0) line += " except " + number(to.except);
  if (to.only_id.size > 0) line += " only " + text(to.only_id);
  return line;
}

std::string described(const stoa_message& message) {
  const std::string event =
      (message.flags & STOA_MESSAGE_NATIVE) != 0 ? "natively" : text(message.event);
  return event + " " + quoted(message.body, message.flags);
}

std::string described(const stoa_answer& answer) {
  switch (answer.kind) {
    case STOA_ANSWER_REPLY:
      return "reply " + quoted(answer.body, answer.flags) +
             (answer.code != 0 ? " code " + number(answer.code) : "");
    case STOA_ANSWER_ERROR:
      return "error " + quoted(answer.body, 0);
    case STOA_ANSWER_CLOSE:
      return "close " + number(answer.code) + " " + quoted(answer.body, 0);
    default:
      return "nothing";
  }
}

}  // namespace

int32_t RecordingHost::record(const std::string& line) {
  const std::lock_guard lock(mutex_);
  if (!calls_.empty()) calls_ += '\n';
  calls_ += line;
  return refusal;
}

int32_t RecordingHost::record(const std::string& line, uint64_t cookie) {
  const int32_t status = record(line);
  const std::lock_guard lock(mutex_);
  if (cookie != 0) last_cookie_ = cookie;
  return status;
}

struct RecordingHost::Functions {
  static RecordingHost& self(const stoa_host* host) {
    return *static_cast<RecordingHost*>(host->context);
  }

  static int32_t answer(const stoa_host* host, stoa_reply token, const stoa_answer* answer) {
    return self(host).record("answer " + number(token) + ": " + described(*answer));
  }

  static int32_t emit(const stoa_host* host, const stoa_target* to, const stoa_message* message) {
    return self(host).record("emit to " + described(*to) + ": " + described(*message));
  }

  static int32_t prepare(const stoa_host* host, stoa_bytes room, const stoa_message* message,
                         stoa_prepared* out) {
    *out = 9;
    return self(host).record("prepare for room '" + text(room) + "': " + described(*message));
  }
  static int32_t prepared_emit(const stoa_host* host, const stoa_target* to,
                               stoa_prepared message) {
    return self(host).record("emit to " + described(*to) + ": prepared " + number(message));
  }
  static int32_t prepared_forget(const stoa_host* host, stoa_prepared message) {
    return self(host).record("forget prepared " + number(message));
  }

  static int32_t ask(const stoa_host* host, const stoa_target* to, const stoa_message* message,
                     uint32_t mode, uint32_t timeout_ms, uint64_t cookie) {
    const std::string who = mode == STOA_ASK_ALL ? "ask all of " : "ask any of ";
    return self(host).record(
        who + described(*to) + ": " + described(*message) + " for " + number(timeout_ms) + " ms",
        cookie);
  }

  static int32_t act(const stoa_host* host, const std::string& what, stoa_connection connection,
                     const std::string& where, uint64_t cookie) {
    return self(host).record(what + " " + number(connection) + where + (cookie ? " and tell" : ""),
                             cookie);
  }

  static std::string named(const stoa_bytes* ns) { return ns ? " " + text(*ns) : ""; }

  static int32_t connect(const stoa_host* host, stoa_connection connection, const stoa_bytes* ns,
                         uint64_t cookie) {
    return act(host, "connect", connection, named(ns), cookie);
  }
  static int32_t disconnect(const stoa_host* host, stoa_connection connection, const stoa_bytes* ns,
                            uint64_t cookie) {
    return act(host, "disconnect", connection, named(ns), cookie);
  }
  static int32_t disconnect_all(const stoa_host* host, stoa_connection connection,
                                uint64_t cookie) {
    return act(host, "disconnect all", connection, "", cookie);
  }
  static int32_t join(const stoa_host* host, stoa_connection connection, stoa_bytes room,
                      uint64_t cookie) {
    return act(host, "join", connection, " " + text(room), cookie);
  }
  static int32_t leave(const stoa_host* host, stoa_connection connection, stoa_bytes room,
                       uint64_t cookie) {
    return act(host, "leave", connection, " " + text(room), cookie);
  }

  static int32_t close(const stoa_host* host, stoa_connection connection, uint32_t code,
                       stoa_bytes reason) {
    return self(host).record("close " + number(connection) + ": " + number(code) + " " +
                             quoted(reason, 0));
  }

  static int32_t set_id(const stoa_host* host, stoa_connection connection, stoa_bytes id) {
    return self(host).record("id of " + number(connection) + " is " + text(id));
  }
  static int32_t set_user(const stoa_host* host, stoa_connection connection, stoa_bytes user) {
    return self(host).record("user of " + number(connection) + " is " + text(user));
  }

  static int32_t fact(const stoa_host* host, stoa_connection, uint32_t fact, stoa_bytes key,
                      const stoa_sink* out) {
    const auto& facts = self(host).facts;
    const auto found = facts.find(number(fact) + (key.size ? " " + text(key) : ""));
    if (found == facts.end()) return STOA_ERR_NOT_FOUND;
    for (const std::string& item : found->second)
      out->put(out->context, {item.data(), item.size()});
    return STOA_OK;
  }

  static std::string cell(stoa_connection connection, stoa_bytes key) {
    return number(connection) + " " + text(key);
  }

  static int32_t store_get(const stoa_host* host, stoa_connection connection, stoa_bytes key,
                           const stoa_sink* out) {
    const auto& store = self(host).store;
    const auto found = store.find(cell(connection, key));
    if (found == store.end()) return STOA_ERR_NOT_FOUND;
    out->put(out->context, {found->second.data(), found->second.size()});
    return STOA_OK;
  }
  static int32_t store_set(const stoa_host* host, stoa_connection connection, stoa_bytes key,
                           stoa_bytes value) {
    self(host).store[cell(connection, key)] = text(value);
    return STOA_OK;
  }
  static int32_t store_delete(const stoa_host* host, stoa_connection connection, stoa_bytes key) {
    return self(host).store.erase(cell(connection, key)) ? STOA_OK : STOA_ERR_NOT_FOUND;
  }
  static int32_t store_add(const stoa_host* host, stoa_connection connection, stoa_bytes key,
                           int64_t amount, int64_t* result) {
    std::string& value = self(host).store[cell(connection, key)];
    *result = std::strtoll(value.c_str(), nullptr, 10) + amount;
    value = std::to_string(*result);
    return self(host).refusal;
  }
  static int32_t store_swap(const stoa_host* host, stoa_connection connection, stoa_bytes key,
                            const stoa_bytes* expected, stoa_bytes value) {
    auto& store = self(host).store;
    const auto found = store.find(cell(connection, key));
    const bool equal =
        found == store.end() ? expected == nullptr : expected && text(*expected) == found->second;
    if (equal) store[cell(connection, key)] = text(value);
    return equal ? STOA_OK : STOA_ERR_CONFLICT;
  }

  static int32_t members(const stoa_host* host, stoa_bytes room, stoa_connection* out,
                         uint64_t capacity, uint64_t* count) {
    const std::vector<stoa_connection>& found = self(host).members[text(room)];
    *count = found.size();
    for (uint64_t i = 0; i < capacity && i < found.size(); ++i) out[i] = found[i];
    return STOA_OK;
  }

  static int32_t timer_start(const stoa_host* host, uint64_t delay_ms, uint64_t period_ms,
                             uint64_t cookie, stoa_timer* out) {
    const std::string again = period_ms ? ", every " + number(period_ms) + " ms" : "";
    const int32_t status =
        self(host).record("timer in " + number(delay_ms) + " ms" + again, cookie);
    if (status == STOA_OK) *out = 1000 + cookie;
    return status;
  }
  static int32_t timer_stop(const stoa_host* host, stoa_timer timer) {
    return self(host).record("stop timer " + number(timer - 1000));
  }

  static int32_t post(const stoa_host* host, uint64_t cookie) {
    RecordingHost& recorder = self(host);
    const int32_t status = recorder.record("post", cookie);
    const std::lock_guard lock(recorder.mutex_);
    recorder.posts_.push_back(cookie);
    recorder.posted_.notify_one();
    return status;
  }

  static int32_t log(const stoa_host* host, uint32_t level, stoa_bytes line,
                     const stoa_field* fields, uint64_t field_count) {
    std::string all = "log " + number(level) + ": " + text(line);
    for (uint64_t i = 0; i < field_count; ++i) {
      all += " " + text(fields[i].key) + "=" + text(fields[i].value);
    }
    return self(host).record(all);
  }

  static int32_t counter_add(const stoa_host* host, stoa_bytes name, uint64_t amount) {
    return self(host).record("count " + text(name) + " +" + number(amount));
  }
  static int32_t gauge_set(const stoa_host* host, stoa_bytes name, double value) {
    return self(host).record("gauge " + text(name) + " " + std::to_string(value));
  }

  // 2026-10-31T12:00:00Z
  static uint64_t wall_ns(const stoa_host*) { return 1'793'448'000ull * 1'000'000'000ull; }
  static uint64_t monotonic_ns(const stoa_host*) { return 42; }
  static const void* extension(const stoa_host* host, const char* id) {
    return std::string_view(id) == "known" ? host : nullptr;
  }
};

RecordingHost::RecordingHost()
    : table_{sizeof(stoa_host),
             STOA_ABI_MAJOR,
             STOA_ABI_MINOR,
             0,
             this,
             Functions::answer,
             Functions::emit,
             Functions::prepare,
             Functions::prepared_emit,
             Functions::prepared_forget,
             Functions::ask,
             Functions::connect,
             Functions::disconnect,
             Functions::disconnect_all,
             Functions::join,
             Functions::leave,
             Functions::close,
             Functions::set_id,
             Functions::set_user,
             Functions::fact,
             Functions::store_get,
             Functions::store_set,
             Functions::store_delete,
             Functions::store_add,
             Functions::store_swap,
             Functions::members,
             Functions::timer_start,
             Functions::timer_stop,
             Functions::post,
             Functions::log,
             Functions::counter_add,
             Functions::gauge_set,
             Functions::monotonic_ns,
             Functions::wall_ns,
             Functions::extension} {}

std::string RecordingHost::take_calls() {
  const std::lock_guard lock(mutex_);
  return std::exchange(calls_, "");
}

uint64_t RecordingHost::take_posted() {
  std::unique_lock lock(mutex_);
  posted_.wait_for(lock, std::chrono::seconds(10), [this] { return !posts_.empty(); });
  if (posts_.empty()) return 0;
  const uint64_t cookie = posts_.front();
  posts_.erase(posts_.begin());
  return cookie;
}

uint64_t RecordingHost::last_cookie() {
  const std::lock_guard lock(mutex_);
  return last_cookie_;
}

}  // namespace stoa::testing
