#include "remote/calls.h"

#include <algorithm>
#include <array>
#include <vector>

#include "plugin/host_arguments.h"

namespace stoa::remote {

namespace {

stoa_target read_target(Reader& from) {
  stoa_target target{};
  target.struct_size = sizeof target;
  target.scope = from.number<uint32_t>();
  target.connection = from.number<stoa_connection>();
  target.except = from.number<stoa_connection>();
  target.room = from.bytes();
  target.only_id = from.bytes();
  return target;
}

stoa_message read_message(Reader& from) {
  stoa_message message{};
  message.struct_size = sizeof message;
  message.flags = from.number<uint32_t>();
  message.event = from.bytes();
  message.body = from.bytes();
  return message;
}

// One call while it is carried out: its arguments, and where its reply goes. Arguments are read one
// after the other, and all of them before the host is called.
class Call {
 public:
  Call(const Record& record, const stoa_host& host, std::string& replies)
      : from_(record), host_(host), replies_(replies) {}

  void emit();
  void prepared_emit();
  void prepared_forget();
  void post();
  void timer_stop();
  void log();
  void counter_add();
  void gauge_set();
  void prepare();
  void ask();
  void connect() { change_membership(host_.connect); }
  void disconnect() { change_membership(host_.disconnect); }
  void disconnect_all();
  void join() { change_room(host_.join); }
  void leave() { change_room(host_.leave); }
  void close();
  void set_id() { set_fact(host_.set_id); }
  void set_user() { set_fact(host_.set_user); }
  void fact();
  void store_get();
  void store_set();
  void store_delete();
  void store_add();
  void store_swap();
  void members();
  void timer_start();

 private:
  using Change = decltype(stoa_host::connect);
  using ChangeRoom = decltype(stoa_host::join);
  using Set = decltype(stoa_host::set_id);

  void change_membership(Change change);
  void change_room(ChangeRoom change);
  void set_fact(Set set);

  void reply(int32_t result) { Writer(replies_, Kind::kReply).number(result); }
  template <class T>
  void reply(int32_t result, T value) {
    Writer(replies_, Kind::kReply).number(result).number(value);
  }
  void reply(int32_t result, const std::vector<std::string>& items);

  Reader from_;
  const stoa_host& host_;
  std::string& replies_;
};

void put(void* context, stoa_bytes item) {
  static_cast<std::vector<std::string>*>(context)->emplace_back(item.data, item.size);
}

void Call::reply(int32_t result, const std::vector<std::string>& items) {
  Writer to(replies_, Kind::kReply);
  to.number(result).number(static_cast<uint32_t>(items.size()));
  for (const std::string& item : items) to.bytes(item);
}

void Call::emit() {
  const stoa_target target = read_target(from_);
  const stoa_message message = read_message(from_);
  from_.end();
  host_.emit(&host_, &target, &message);
}

void Call::prepared_emit() {
  const stoa_target target = read_target(from_);
  const auto message = from_.number<stoa_prepared>();
  from_.end();
  host_.prepared_emit(&host_, &target, message);
}

void Call::prepared_forget() {
  const auto message = from_.number<stoa_prepared>();
  from_.end();
  host_.prepared_forget(&host_, message);
}

void Call::post() {
  const auto cookie = from_.number<uint64_t>();
  from_.end();
  host_.post(&host_, cookie);
}

void Call::timer_stop() {
  const auto timer = from_.number<stoa_timer>();
  from_.end();
  host_.timer_stop(&host_, timer);
}

void Call::log() {
  const auto level = from_.number<uint32_t>();
  const stoa_bytes text = from_.bytes();
  std::array<stoa_field, plugin::kMaxFields> fields;
  const uint32_t count = from_.count(2 * sizeof(uint32_t));
  if (count > fields.size()) throw Nonsense("a log line with too many fields");
  for (uint32_t i = 0; i < count; ++i) fields[i] = {from_.bytes(), from_.bytes()};
  from_.end();
  host_.log(&host_, level, text, fields.data(), count);
}

void Call::counter_add() {
  const stoa_bytes name = from_.bytes();
  const auto amount = from_.number<uint64_t>();
  from_.end();
  host_.counter_add(&host_, name, amount);
}

void Call::gauge_set() {
  const stoa_bytes name = from_.bytes();
  const auto value = from_.number<double>();
  from_.end();
  host_.gauge_set(&host_, name, value);
}

void Call::prepare() {
  const stoa_bytes room = from_.bytes();
  const stoa_message message = read_message(from_);
  from_.end();
  stoa_prepared number = 0;
  const int32_t result = host_.prepare(&host_, room, &message, &number);
  reply(result, number);
}

void Call::ask() {
  const stoa_target target = read_target(from_);
  const stoa_message message = read_message(from_);
  const auto mode = from_.number<uint32_t>();
  const auto timeout_ms = from_.number<uint32_t>();
  const auto cookie = from_.number<uint64_t>();
  from_.end();
  reply(host_.ask(&host_, &target, &message, mode, timeout_ms, cookie));
}

void Call::change_membership(Change change) {
  const auto connection = from_.number<stoa_connection>();
  const std::optional<stoa_bytes> ns = from_.optional();
  const auto cookie = from_.number<uint64_t>();
  from_.end();
  reply(change(&host_, connection, ns ? &*ns : nullptr, cookie));
}

void Call::disconnect_all() {
  const auto connection = from_.number<stoa_connection>();
  const auto cookie = from_.number<uint64_t>();
  from_.end();
  reply(host_.disconnect_all(&host_, connection, cookie));
}

void Call::change_room(ChangeRoom change) {
  const auto connection = from_.number<stoa_connection>();
  const stoa_bytes room = from_.bytes();
  const auto cookie = from_.number<uint64_t>();
  from_.end();
  reply(change(&host_, connection, room, cookie));
}

void Call::close() {
  const auto connection = from_.number<stoa_connection>();
  const auto code = from_.number<uint32_t>();
  const stoa_bytes reason = from_.bytes();
  from_.end();
  reply(host_.close(&host_, connection, code, reason));
}

void Call::set_fact(Set set) {
  const auto connection = from_.number<stoa_connection>();
  const stoa_bytes value = from_.bytes();
  from_.end();
  reply(set(&host_, connection, value));
}

void Call::fact() {
  const auto connection = from_.number<stoa_connection>();
  const auto fact = from_.number<uint32_t>();
  const stoa_bytes key = from_.bytes();
  from_.end();
  std::vector<std::string> items;
  const stoa_sink out{&items, put};
  const int32_t result = host_.fact(&host_, connection, fact, key, &out);
  reply(result, items);
}

void Call::store_get() {
  const auto connection = from_.number<stoa_connection>();
  const stoa_bytes key = from_.bytes();
  from_.end();
  std::vector<std::string> items;
  const stoa_sink out{&items, put};
  const int32_t result = host_.store_get(&host_, connection, key, &out);
  reply(result, items);
}

void Call::store_set() {
  const auto connection = from_.number<stoa_connection>();
  const stoa_bytes key = from_.bytes();
  const stoa_bytes value = from_.bytes();
  from_.end();
  reply(host_.store_set(&host_, connection, key, value));
}

void Call::store_delete() {
  const auto connection = from_.number<stoa_connection>();
  const stoa_bytes key = from_.bytes();
  from_.end();
  reply(host_.store_delete(&host_, connection, key));
}

void Call::store_add() {
  const auto connection = from_.number<stoa_connection>();
  const stoa_bytes key = from_.bytes();
  const auto amount = from_.number<int64_t>();
  from_.end();
  int64_t sum = 0;
  const int32_t result = host_.store_add(&host_, connection, key, amount, &sum);
  reply(result, sum);
}

void Call::store_swap() {
  const auto connection = from_.number<stoa_connection>();
  const stoa_bytes key = from_.bytes();
  const std::optional<stoa_bytes> expected = from_.optional();
  const stoa_bytes value = from_.bytes();
  from_.end();
  reply(host_.store_swap(&host_, connection, key, expected ? &*expected : nullptr, value));
}

// Room is made for as many as there are, whatever the guest says that it has room for.
void Call::members() {
  const stoa_bytes room = from_.bytes();
  const auto capacity = from_.number<uint64_t>();
  from_.end();
  uint64_t count = 0;
  std::vector<stoa_connection> found;
  int32_t result = host_.members(&host_, room, nullptr, 0, &count);
  if (result == STOA_OK && capacity > 0 && count > 0) {
    found.resize(std::min(capacity, count));
    result = host_.members(&host_, room, found.data(), found.size(), &count);
    found.resize(std::min<uint64_t>(found.size(), count));
  }
  Writer to(replies_, Kind::kReply);
  to.number(result).number(count).number(static_cast<uint32_t>(found.size()));
  for (const stoa_connection each : found) to.number(each);
}

void Call::timer_start() {
  const auto delay_ms = from_.number<uint64_t>();
  const auto period_ms = from_.number<uint64_t>();
  const auto cookie = from_.number<uint64_t>();
  from_.end();
  stoa_timer timer = 0;
  const int32_t result = host_.timer_start(&host_, delay_ms, period_ms, cookie, &timer);
  reply(result, timer);
}

struct Entry {
  Kind kind;
  void (Call::*run)();
};

constexpr std::array kCalls = {Entry{Kind::kEmit, &Call::emit},
                               Entry{Kind::kPreparedEmit, &Call::prepared_emit},
                               Entry{Kind::kPreparedForget, &Call::prepared_forget},
                               Entry{Kind::kPost, &Call::post},
                               Entry{Kind::kTimerStop, &Call::timer_stop},
                               Entry{Kind::kLog, &Call::log},
                               Entry{Kind::kCounterAdd, &Call::counter_add},
                               Entry{Kind::kGaugeSet, &Call::gauge_set},
                               Entry{Kind::kPrepare, &Call::prepare},
                               Entry{Kind::kAsk, &Call::ask},
                               Entry{Kind::kConnect, &Call::connect},
                               Entry{Kind::kDisconnect, &Call::disconnect},
                               Entry{Kind::kDisconnectAll, &Call::disconnect_all},
                               Entry{Kind::kJoin, &Call::join},
                               Entry{Kind::kLeave, &Call::leave},
                               Entry{Kind::kClose, &Call::close},
                               Entry{Kind::kSetId, &Call::set_id},
                               Entry{Kind::kSetUser, &Call::set_user},
                               Entry{Kind::kFact, &Call::fact},
                               Entry{Kind::kStoreGet, &Call::store_get},
                               Entry{Kind::kStoreSet, &Call::store_set},
                               Entry{Kind::kStoreDelete, &Call::store_delete},
                               Entry{Kind::kStoreAdd, &Call::store_add},
                               Entry{Kind::kStoreSwap, &Call::store_swap},
                               Entry{Kind::kMembers, &Call::members},
                               Entry{Kind::kTimerStart, &Call::timer_start}};

}  // namespace

void perform(const Record& record, const stoa_host& host, std::string& replies) {
  const auto* const found = std::ranges::find(kCalls, record.kind, &Entry::kind);
  if (found == kCalls.end()) {
    throw Nonsense("a record of kind " + std::to_string(static_cast<uint32_t>(record.kind)) +
                   " is no call");
  }
  Call call(record, host, replies);
  (call.*found->run)();
}

GivenAnswer read_answer(const Record& record) {
  Reader from(record);
  GivenAnswer given{.token = from.number<stoa_reply>(), .answer = {}};
  stoa_answer answer{};
  answer.struct_size = sizeof answer;
  answer.kind = from.number<uint32_t>();
  answer.flags = from.number<uint32_t>();
  answer.code = from.number<uint32_t>();
  answer.body = from.bytes();
  from.end();
  if (!plugin::read_answer(&answer, given.answer)) throw Nonsense("an answer is not well-formed");
  return given;
}

}  // namespace stoa::remote
