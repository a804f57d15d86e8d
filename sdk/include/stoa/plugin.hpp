// The C++ layer: a namespace is a class, its events are typed handlers. A complete plugin:
//
//   #include <stoa/plugin.hpp>
//
//   struct Echo : stoa::Plugin {
//     using Plugin::Plugin;
//     static void handlers(stoa::Handlers<Echo>& on) {
//       on("echo", [](stoa::Message msg) { return stoa::reply(msg); });
//     }
//   };
//   STOA_PLUGIN(Echo, "echo", "1.0.0")
//
// Build it with stoa_add_plugin(echo SOURCES echo.cpp), and name it in the server's manifest:
// [namespace.default] plugin = "echo".
//
// Where to look:
//   plugin/handlers.hpp    which handlers there are, what they take and what they return
//   plugin/plugin.hpp      stoa::Plugin: what the plugin itself can do: rooms, timers, log, store
//   plugin/member.hpp      stoa::Member and stoa::Answer: send to one client, ask it, move it
//   plugin/connection.hpp  stoa::Connection and stoa::Opening: who somebody is; closing
//   plugin/audience.hpp    rooms and everyone: send to many, ask many
//   plugin/event.hpp       stoa::Event, stoa::Message, stoa::Closed: what a handler learns
//   plugin/result.hpp      reply, error, deny, close: what a handler answers
//   plugin/later.hpp       stoa::Later: to answer after the handler returned, from any thread
//   plugin/body.hpp        texts, bytes, and structs as JSON
//   plugin/state.hpp       stoa::State: what passes from one version of a plugin to the next
//   plugin/attached.hpp    stoa::Attached: what a member has that an instance that failed left
//   plugin/error.hpp       stoa::Error, known on both sides of the wire by its text; stoa::Status
//   plugin/config.hpp      stoa::Config: the manifest's table
//   plugin/store.hpp       stoa::Store: values that the host keeps
//
// The rules of the whole layer: exceptions never leave a plugin, a handler that throws answers with
// an error. Handles (members, rooms, stores, timers) are small, valid as long as the plugin, and
// may be used from any thread; what they point to may be gone, and then they say so. Texts that
// come in (std::string_view) are borrowed until the handler returns; what the layer returns as
// std::string is yours.
#pragma once

#include "detail/entry.hpp"
#include "plugin/attached.hpp"
#include "plugin/audience.hpp"
#include "plugin/body.hpp"
#include "plugin/config.hpp"
#include "plugin/connection.hpp"
#include "plugin/error.hpp"
#include "plugin/event.hpp"
#include "plugin/handlers.hpp"
#include "plugin/later.hpp"
#include "plugin/log.hpp"
#include "plugin/member.hpp"
#include "plugin/plugin.hpp"
#include "plugin/result.hpp"
#include "plugin/state.hpp"
#include "plugin/store.hpp"
#include "plugin/timer.hpp"

// Makes class `Type` the plugin of this library. Once per library, in a .cpp file, outside of any
// namespace. `name` has 1..64 bytes of [a-z0-9_-]; `version` is for people, such as "1.4.0".
#define STOA_PLUGIN(Type, name, version)                                                          \
  static const ::stoa::detail::Table& stoa_plugin_table() {                                       \
    static const ::stoa::detail::Table* const table = ::stoa::detail::make_table<Type>();         \
    return *table;                                                                                \
  }                                                                                               \
  extern "C" const stoa_plugin_descriptor* stoa_plugin_entry(uint32_t host_abi_major, uint32_t) { \
    static const stoa_plugin_descriptor descriptor =                                              \
        ::stoa::detail::Entry<Type, stoa_plugin_table>::describe(name, version);                  \
    return host_abi_major == STOA_ABI_MAJOR ? &descriptor : nullptr;                              \
  }
