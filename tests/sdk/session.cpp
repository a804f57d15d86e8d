#include "session.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace stoa::testing {

namespace {

stoa_bytes bytes(const std::string& text) {
  return {text.data(), text.size()};
}

void put(void* context, stoa_bytes item) {
  static_cast<std::string*>(context)->append(item.data, item.size);
}

}  // namespace

const stoa_plugin_descriptor* load(const std::string& path) {
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    ADD_FAILURE() << dlerror();
    return nullptr;
  }
  const auto entry =
      reinterpret_cast<decltype(&stoa_plugin_entry)>(dlsym(library, "stoa_plugin_entry"));
  if (entry == nullptr) {
    ADD_FAILURE() << dlerror();
    return nullptr;
  }
  EXPECT_EQ(entry(STOA_ABI_MAJOR + 1, 0), nullptr) << "speaks a version that it does not know";
  return entry(STOA_ABI_MAJOR, STOA_ABI_MINOR);
}

Session::Session(const std::string& path, const std::string& config) : descriptor_(load(path)) {
  if (descriptor_ == nullptr) return;
  const stoa_sink error = {&complaint_, put};
  const std::string ns = "here";
  const stoa_plugin_config given = {sizeof given, 0, bytes(ns), bytes(config), &error};
  const int32_t status = descriptor_->create(&host.table(), &given, &instance_);
  EXPECT_EQ(status == STOA_OK, instance_ != nullptr);
}

Session::~Session() {
  end();
}

std::string Session::end() {
  if (instance_ != nullptr) descriptor_->destroy(instance_);
  instance_ = nullptr;
  return host.take_calls();
}

uint32_t Session::index_of(const Happening& happening) const {
  for (uint32_t i = 0; i < descriptor_->event_count; ++i) {
    const stoa_bytes& name = descriptor_->events[i];
    if (std::string(name.data, name.size) == happening.event) return i;
  }
  return STOA_INDEX_ANY;
}

std::string Session::deliver(const Happening& happening) {
  if (instance_ == nullptr) return "there is no instance: " + complaint_;
  const stoa_event event = {sizeof event,          happening.kind,         happening.flags,
                            happening.by,          index_of(happening),    happening.status,
                            happening.connection,  happening.reply,        happening.cookie,
                            bytes(happening.room), bytes(happening.event), bytes(happening.body)};
  returned_ = descriptor_->handle(instance_, &event);
  return host.take_calls();
}

std::string Session::message(const std::string& event, const std::string& body,
                             const std::string& room) {
  return deliver({.event = event, .body = body, .room = room, .flags = STOA_EVENT_ASK});
}

std::string Session::timer() {
  return deliver(
      {.kind = STOA_EVENT_TIMER, .connection = 0, .reply = 0, .cookie = host.last_cookie()});
}

std::string Session::answer(const std::string& body, int32_t status, uint32_t flags,
                            stoa_connection from) {
  return deliver({.kind = STOA_EVENT_ANSWER,
                  .body = body,
                  .flags = flags,
                  .status = status,
                  .connection = from,
                  .reply = 0,
                  .cookie = host.last_cookie()});
}

}  // namespace stoa::testing
