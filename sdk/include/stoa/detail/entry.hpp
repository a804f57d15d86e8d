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

// What the log calls an event: those between versions have no name on the wire.
inline std::string_view name_of(const stoa_event& event) noexcept {
  switch (event.kind) {
    case STOA_EVENT_SELF_TEST:
      return "self-test";
    case STOA_EVENT_EXPORT:
      return "export";
    case STOA_EVENT_EXPORTED:
      return "exported";
    case STOA_EVENT_IMPORT:
      return "import";
    case STOA_EVENT_JUDGE:
      return "judge";
    case STOA_EVENT_ATTACH:
      return "attach";
    default:
      return view(event.event);
  }
}

// The log gets the reason; a client does not, but the operator who waits for a self-test does.
inline void handler_failed(Call& call, std::string_view reason) noexcept {
  const stoa_field fields[] = {{bytes("event"), bytes(name_of(call.event))},
                               {bytes("reason"), bytes(reason)}};
  (void)call.link.call(&stoa_host::log, STOA_LOG_ERROR, bytes("a handler failed"), fields,
                       std::size(fields));
  refuse(call, call.event.kind == STOA_EVENT_SELF_TEST ? reason : kHandlerFailed.text());
}

// Gives the host what the handler returned. Returns what handle() is to return.
inline int32_t settle(Call& call, const Result& result) {
  if (call.question && (result.content() || result.is_pending())) {
    return call.event.reply != 0 ? STOA_PENDING : STOA_OK;
  }
  if (result.is_pending()) {
    handler_failed(call, "it returned pending() without having taken a Later from its event");
  } else if (call.event.kind == STOA_EVENT_EXPORT && result.lacks_schema()) {
    handler_failed(call, "it exported a reply without a schema: let it return a stoa::State");
  } else if (!result.content()) {
    answer(call, result.raw());
  }
  return STOA_OK;
}

// A kind that comes in two variants is delivered also if the plugin handles only the other one.
// What another version exported is not dropped in silence.
inline void unhandled(const Table& table, Call& call) noexcept {
  if (call.event.kind != STOA_EVENT_IMPORT) return;
  const bool something = call.event.cookie != 0;
  if (call.event.connection == 0) {
    if (something) {
      refuse(call,
             "This version does not take over the namespace's state: it has no on.import_all().");
    }
  } else if (something || table.follows_members()) {
    refuse(call, "This version does not take over members: it has no on.import_member().");
  }
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
  if (!handler) {
    unhandled(table, call);
    return STOA_OK;
  }
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
