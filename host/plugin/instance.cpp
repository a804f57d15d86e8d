#include "plugin/instance.h"

#include <exception>
#include <string>
#include <utility>

#include "plugin/running.h"
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

}  // namespace

Instance::Instance(std::shared_ptr<const Library> library, std::string ns,
                   std::string_view config_json, const stoa_host& host, bool serialise,
                   std::string version, uint64_t number)
    : library_(std::move(library)),
      descriptor_(library_->open()),
      ns_(std::move(ns)),
      version_(std::move(version)),
      number_(number),
      locks_(serialise && (descriptor().flags & STOA_PLUGIN_CONCURRENT) == 0) {
  create(config_json, host);
}

Instance::~Instance() {
  {
    const RunningNow running(*this, nullptr);
    descriptor().destroy(self_);
  }
  wait_for_onlookers();
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
  wait_for_onlookers();
  if (why.empty()) why = "its create() returned " + std::to_string(result) + " and gave no reason";
  throw report::StartupError("namespace \"" + ns_ + "\": plugin " + descriptor().name + " " +
                             descriptor().version + " does not start: " + why);
}

int32_t Instance::call(const stoa_event& event) noexcept {
  const RunningNow running(*this, &event);
  return descriptor().handle(self_, &event);
}

}  // namespace stoa::plugin
