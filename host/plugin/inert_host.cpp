#include "plugin/inert_host.h"

#include <chrono>

#include "stoa/version.h"

namespace stoa::plugin {

namespace {

template <class Clock>
uint64_t nanoseconds(const stoa_host*) {
  const auto now = Clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

// Any function of the table that only has to return `kResult`.
template <int32_t kResult, class... Arguments>
int32_t always(Arguments...) {
  return kResult;
}

int32_t reach(const stoa_target* target) {
  if (!target) return STOA_ERR_INVALID;
  return target->scope == STOA_TO_CONNECTION ? STOA_ERR_STALE : STOA_OK;
}

int32_t emit(const stoa_host*, const stoa_target* target, const stoa_message*) {
  return reach(target);
}

int32_t prepare(const stoa_host*, stoa_bytes, const stoa_message*, stoa_prepared* out) {
  if (!out) return STOA_ERR_INVALID;
  *out = 1;
  return STOA_OK;
}

int32_t prepared_emit(const stoa_host*, const stoa_target* target, stoa_prepared) {
  return reach(target);
}

int32_t ask(const stoa_host*, const stoa_target* target, const stoa_message*, uint32_t, uint32_t,
            uint64_t) {
  return reach(target);
}

// A store call on the namespace's store answers `kResult`; there is no connection with one.
template <int32_t kResult, class... Arguments>
int32_t store(const stoa_host*, stoa_connection connection, Arguments...) {
  return connection == 0 ? kResult : STOA_ERR_STALE;
}

int32_t store_add(const stoa_host*, stoa_connection connection, stoa_bytes, int64_t amount,
                  int64_t* result) {
  if (connection != 0) return STOA_ERR_STALE;
  if (result) *result = amount;
  return STOA_OK;
}

int32_t store_swap(const stoa_host*, stoa_connection connection, stoa_bytes,
                   const stoa_bytes* expected, stoa_bytes) {
  if (connection != 0) return STOA_ERR_STALE;
  return expected ? STOA_ERR_CONFLICT : STOA_OK;
}

int32_t members(const stoa_host*, stoa_bytes, stoa_connection*, uint64_t, uint64_t* count) {
  if (!count) return STOA_ERR_INVALID;
  *count = 0;
  return STOA_OK;
}

int32_t timer_start(const stoa_host*, uint64_t delay_ms, uint64_t period_ms, uint64_t,
                    stoa_timer* out) {
  if (!out || delay_ms > STOA_MAX_TIMER_MS || period_ms > STOA_MAX_TIMER_MS)
    return STOA_ERR_INVALID;
  *out = 1;
  return STOA_OK;
}

const void* extension(const stoa_host*, const char*) {
  return nullptr;
}

constexpr stoa_host make_table() {
  stoa_host host{};
  host.struct_size = sizeof host;
  host.abi_major = STOA_ABI_MAJOR;
  host.abi_minor = STOA_ABI_MINOR;
  host.answer = always<STOA_ERR_STALE>;
  host.emit = emit;
  host.prepare = prepare;
  host.prepared_emit = prepared_emit;
  host.prepared_forget = always<STOA_OK>;
  host.ask = ask;
  host.connect = always<STOA_ERR_STALE>;
  host.disconnect = always<STOA_ERR_STALE>;
  host.disconnect_all = always<STOA_ERR_STALE>;
  host.join = always<STOA_ERR_STALE>;
  host.leave = always<STOA_ERR_STALE>;
  host.close = always<STOA_ERR_STALE>;
  host.set_id = always<STOA_ERR_STALE>;
  host.set_user = always<STOA_ERR_STALE>;
  host.fact = always<STOA_ERR_STALE>;
  host.store_get = store<STOA_ERR_NOT_FOUND>;
  host.store_set = store<STOA_OK>;
  host.store_delete = store<STOA_ERR_NOT_FOUND>;
  host.store_add = store_add;
  host.store_swap = store_swap;
  host.members = members;
  host.timer_start = timer_start;
  host.timer_stop = always<STOA_OK>;
  host.post = always<STOA_OK>;
  host.log = always<STOA_OK>;
  host.counter_add = always<STOA_OK>;
  host.gauge_set = always<STOA_OK>;
  host.monotonic_ns = nanoseconds<std::chrono::steady_clock>;
  host.wall_ns = nanoseconds<std::chrono::system_clock>;
  host.extension = extension;
  return host;
}

constexpr stoa_host kTable = make_table();

}  // namespace

const stoa_host& inert_host() {
  return kTable;
}

}  // namespace stoa::plugin
