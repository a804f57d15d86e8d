// The C functions of a plugin's descriptor, in terms of its C++ class. No exception leaves them.
// For the layer itself, not for plugins.
#pragma once

#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <string_view>

#include "../plugin.h"
#include "../plugin/handlers.hpp"
#include "../plugin/plugin.hpp"
#include "table.hpp"

namespace stoa::detail {

// Answers the event, through the Later if the handler took one, so that it is answered once.
inline void answer(Call& call, const stoa_answer& raw) noexcept {
  if (call.question) {
    (void)call.question->answer(raw);
  } else if (call.event.reply != 0) {
    (void)call.link.call(&stoa_host::answer, call.event.reply, &raw);
  }
}

// Answers with an error in the handler's place. Allocates nothing: memory may be what is missing.
inline void refuse(Call& call, std::string_view text) noexcept {
  answer(call, {sizeof(stoa_answer), STOA_ANSWER_ERROR, 0, 0, bytes(text)});
}

// The log gets the reason, the client does not.
inline void handler_failed(Call& call, std::string_view reason) noexcept {
  const stoa_field fields[] = {{bytes("event"), call.event.event},
                               {bytes("reason"), bytes(reason)}};
  (void)call.link.call(&stoa_host::log, STOA_LOG_ERROR, bytes("a handler failed"), fields,
                       std::size(fields));
  refuse(call, kHandlerFailed.text());
}

// Gives the host what the handler returned. Returns what handle() is to return.
inline int32_t settle(Call& call, const Result& result) {
  if (call.question && (result.content() || result.is_pending())) {
    return call.event.reply != 0 ? STOA_PENDING : STOA_OK;
  }
  if (result.is_pending()) {
    handler_failed(call, "it returned pending() without having taken a Later from its event");
  } else if (!result.content()) {
    answer(call, result.raw());
  }
  return STOA_OK;
}

inline bool is_callback(uint32_t kind) {
  return kind == STOA_EVENT_ANSWER || kind == STOA_EVENT_TIMER || kind == STOA_EVENT_POSTED;
}

inline int32_t run(const Table& table, Plugin& plugin, Call& call) {
  if (is_callback(call.event.kind)) {
    call.link.callbacks().run(call.event);
    return STOA_OK;
  }
  const Handler& handler = table.find(call.event);
  if (!handler) return STOA_OK;
  const Result result = handler(plugin, call);
  if (call.event.kind == STOA_EVENT_CONFIG && result.accepts()) {
    plugin.reconfigure(view(call.event.body));
  }
  return settle(call, result);
}

// stoa_plugin_descriptor.handle for any plugin: what a handler throws ends here.
inline int32_t handle(const Table& table, Plugin& plugin, const stoa_event& event) noexcept {
  Call call{link_of(plugin), event};
  try {
    return run(table, plugin, call);
  } catch (const Error& known) {
    refuse(call, known.text());
  } catch (const PayloadError& failure) {
    refuse(call, failure.what());
  } catch (const ConfigError& failure) {
    refuse(call, failure.what());
  } catch (const std::exception& failure) {
    handler_failed(call, failure.what());
  } catch (...) {
    handler_failed(call, "an exception that is no std::exception");
  }
  return STOA_OK;
}

inline void put(const stoa_sink* sink, std::string_view text) {
  if (sink != nullptr) sink->put(sink->context, bytes(text));
}

template <class P>
const Table* make_table() noexcept {
  auto table = std::make_unique<Table>();
  Handlers<P> on(*table);
  P::handlers(on);
  return table.release();  // for the life of the process, as the library: it is never destroyed
}

// The functions of the descriptor of class P. `table` is a function of the plugin's own source
// file, so that it is a symbol of this one library: the static of a template would be shared by two
// versions of the plugin in one process.
template <class P, const Table& (*table)()>
struct Entry {
  static_assert(std::derived_from<P, Plugin>, "a plugin is a class derived from stoa::Plugin");

  static int32_t create(const stoa_host* host, const stoa_plugin_config* config,
                        void** instance) noexcept {
    try {
      *instance = static_cast<Plugin*>(new P(Setup(host, *config)));
      return STOA_OK;
    } catch (const std::exception& failure) {
      put(config->error, failure.what());
    } catch (...) {
      put(config->error, "The plugin's constructor threw an exception of an unknown type.");
    }
    return STOA_ERR_FAILED;
  }

  static void destroy(void* instance) noexcept {
    delete static_cast<P*>(static_cast<Plugin*>(instance));
  }

  static int32_t handle(void* instance, const stoa_event* event) noexcept {
    return detail::handle(table(), *static_cast<Plugin*>(instance), *event);
  }

  static stoa_plugin_descriptor describe(const char* name, const char* version) {
    stoa_plugin_descriptor descriptor = table().describe(name, version);
    descriptor.create = &create;
    descriptor.destroy = &destroy;
    descriptor.handle = &handle;
    return descriptor;
  }
};

}  // namespace stoa::detail
