#include "plugin/instance.h"

#include <exception>
#include <string>
#include <utility>

#include "plugin/crash.h"
#include "report/startup_error.h"

namespace stoa::plugin {

namespace {

stoa_bytes bytes(std::string_view text) {
  return {text.data(), text.size()};
}

// Appends what a plugin says to the std::string behind `context`.
void put_text(void* context, stoa_bytes item) {
  if (item.data) static_cast<std::string*>(context)->append(item.data, item.size);
}

// The kinds that any instance may handle and that are not about messages.
constexpr uint64_t kBesideMessages =
    STOA_HANDLES(STOA_EVENT_OPEN) | STOA_HANDLES(STOA_EVENT_CLOSE) |
    STOA_HANDLES(STOA_EVENT_TIMER) | STOA_HANDLES(STOA_EVENT_POSTED) |
    STOA_HANDLES(STOA_EVENT_ANSWER) | STOA_HANDLES(STOA_EVENT_CONFIG);

// So few names are compared one after the other faster than they are hashed.
constexpr uint32_t kFewNames = 8;

std::string_view view(const stoa_bytes& name) {
  return {name.data, static_cast<std::size_t>(name.size)};
}

}  // namespace

Instance::Instance(std::shared_ptr<const Library> library, std::string ns,
                   std::string_view config_json, const stoa_host& host, bool serialise,
                   std::string version)
    : library_(std::move(library)),
      ns_(std::move(ns)),
      version_(std::move(version)),
      locks_(serialise && (descriptor().flags & STOA_PLUGIN_CONCURRENT) == 0) {
  const uint32_t count = descriptor().event_count;
  for (uint32_t i = 0; count > kFewNames && i < count; ++i) {
    events_.emplace(view(descriptor().events[i]), i);
  }
  create(config_json, host);
}

Instance::~Instance() {
  const RunningNow running(*this, nullptr);
  descriptor().destroy(self_);
}

void Instance::create(std::string_view config_json, const stoa_host& host) {
  std::string why;
  const stoa_sink error{&why, put_text};
  const stoa_plugin_config config{sizeof config, 0, bytes(ns_), bytes(config_json), &error};
  int32_t result = STOA_ERR_FAILED;
  try {
    const RunningNow running(*this, nullptr);
    result = descriptor().create(&host, &config, &self_);
  } catch (const std::exception& thrown) {
    why = std::string("its create() threw: ") + thrown.what();
  } catch (...) {
    why = "its create() threw";
  }
  if (result == STOA_OK) return;
  if (why.empty()) why = "its create() returned " + std::to_string(result) + " and gave no reason";
  throw report::StartupError("namespace \"" + ns_ + "\": plugin " + descriptor().name + " " +
                             descriptor().version + " does not start: " + why);
}

int32_t Instance::call(const stoa_event& event) noexcept {
  const RunningNow running(*this, &event);
  return descriptor().handle(self_, &event);
}

bool Instance::native_only() const noexcept {
  constexpr uint64_t kNative = STOA_HANDLES(STOA_EVENT_NATIVE);
  const uint64_t handles = descriptor().handles;
  return (handles & kNative) != 0 && (handles & ~(kNative | kBesideMessages)) == 0 &&
         descriptor().event_count == 0;
}

uint32_t Instance::event_index(std::string_view name) const noexcept {
  if (events_.empty()) {
    const stoa_bytes* const names = descriptor().events;
    for (uint32_t i = 0; i < descriptor().event_count; ++i) {
      if (view(names[i]) == name) return i;
    }
    return STOA_INDEX_ANY;
  }
  const auto found = events_.find(name);
  return found == events_.end() ? STOA_INDEX_ANY : found->second;
}

}  // namespace stoa::plugin
