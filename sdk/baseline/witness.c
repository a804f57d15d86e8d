/* Shows every type of the ABI to libabigail, which follows only what an exported function mentions.
 * What is only reached through the members of another struct is seen as well: the functions of
 * stoa_host, for instance.
 *
 * The constants are macros, which leave no trace in a binary; here they are enumerators. */
#include <stoa/plugin.h>

#define WITNESS(name, type)               \
  void witness_##name(const type* seen);  \
  void witness_##name(const type* seen) { \
    (void)seen;                           \
  }

WITNESS(bytes, stoa_bytes)
WITNESS(sink, stoa_sink)
WITNESS(message, stoa_message)
WITNESS(target, stoa_target)
WITNESS(answer, stoa_answer)
WITNESS(field, stoa_field)
WITNESS(host, stoa_host)
WITNESS(event, stoa_event)
WITNESS(plugin_config, stoa_plugin_config)
WITNESS(plugin_descriptor, stoa_plugin_descriptor)
WITNESS(attached, stoa_attached)

const stoa_plugin_descriptor* stoa_plugin_entry(uint32_t host_abi_major, uint32_t host_abi_minor) {
  (void)host_abi_major;
  (void)host_abi_minor;
  return 0;
}

enum results {
  ok = STOA_OK,
  pending = STOA_PENDING,
  invalid = STOA_ERR_INVALID,
  stale = STOA_ERR_STALE,
  state = STOA_ERR_STATE,
  not_found = STOA_ERR_NOT_FOUND,
  limit = STOA_ERR_LIMIT,
  conflict = STOA_ERR_CONFLICT,
  remote = STOA_ERR_REMOTE,
  timeout = STOA_ERR_TIMEOUT,
  closed = STOA_ERR_CLOSED,
  failed = STOA_ERR_FAILED
};
WITNESS(results, enum results)

enum messages { message_binary = STOA_MESSAGE_BINARY, message_native = STOA_MESSAGE_NATIVE };
WITNESS(messages, enum messages)

enum scopes {
  to_connection = STOA_TO_CONNECTION,
  to_room = STOA_TO_ROOM,
  to_namespace = STOA_TO_NAMESPACE
};
WITNESS(scopes, enum scopes)

enum answers {
  answer_none = STOA_ANSWER_NONE,
  answer_reply = STOA_ANSWER_REPLY,
  answer_error = STOA_ANSWER_ERROR,
  answer_close = STOA_ANSWER_CLOSE
};
WITNESS(answers, enum answers)

enum asks { ask_any = STOA_ASK_ANY, ask_all = STOA_ASK_ALL };
WITNESS(asks, enum asks)

enum facts {
  fact_id = STOA_FACT_ID,
  fact_user = STOA_FACT_USER,
  fact_address = STOA_FACT_ADDRESS,
  fact_path = STOA_FACT_PATH,
  fact_header = STOA_FACT_HEADER,
  fact_query = STOA_FACT_QUERY,
  fact_reconnects = STOA_FACT_RECONNECTS,
  fact_namespaces = STOA_FACT_NAMESPACES,
  fact_rooms = STOA_FACT_ROOMS
};
WITNESS(facts, enum facts)

enum levels {
  log_trace = STOA_LOG_TRACE,
  log_debug = STOA_LOG_DEBUG,
  log_info = STOA_LOG_INFO,
  log_warn = STOA_LOG_WARN,
  log_error = STOA_LOG_ERROR
};
WITNESS(levels, enum levels)

enum events {
  event_open = STOA_EVENT_OPEN,
  event_close = STOA_EVENT_CLOSE,
  event_connect = STOA_EVENT_CONNECT,
  event_connected = STOA_EVENT_CONNECTED,
  event_disconnect = STOA_EVENT_DISCONNECT,
  event_room_join = STOA_EVENT_ROOM_JOIN,
  event_room_joined = STOA_EVENT_ROOM_JOINED,
  event_room_leave = STOA_EVENT_ROOM_LEAVE,
  event_room_left = STOA_EVENT_ROOM_LEFT,
  event_message = STOA_EVENT_MESSAGE,
  event_native = STOA_EVENT_NATIVE,
  event_answer = STOA_EVENT_ANSWER,
  event_timer = STOA_EVENT_TIMER,
  event_posted = STOA_EVENT_POSTED,
  event_config = STOA_EVENT_CONFIG,
  event_self_test = STOA_EVENT_SELF_TEST,
  event_export = STOA_EVENT_EXPORT,
  event_exported = STOA_EVENT_EXPORTED,
  event_import = STOA_EVENT_IMPORT,
  event_judge = STOA_EVENT_JUDGE,
  event_attach = STOA_EVENT_ATTACH
};
WITNESS(events, enum events)

enum attached_items {
  attached_room = STOA_ATTACHED_ROOM,
  attached_value = STOA_ATTACHED_VALUE,
  attached_key = STOA_ATTACHED_KEY
};
WITNESS(attached_items, enum attached_items)

enum event_flags {
  event_ask = STOA_EVENT_ASK,
  event_binary = STOA_EVENT_BINARY,
  event_forced = STOA_EVENT_FORCED,
  event_last = STOA_EVENT_LAST,
  event_error = STOA_EVENT_ERROR
};
WITNESS(event_flags, enum event_flags)

enum causes { by_client = STOA_BY_CLIENT, by_plugin = STOA_BY_PLUGIN, by_host = STOA_BY_HOST };
WITNESS(causes, enum causes)

enum plugin_flags { concurrent = STOA_PLUGIN_CONCURRENT };
WITNESS(plugin_flags, enum plugin_flags)

enum handled { handles_any = STOA_HANDLES_ANY, handles_open = STOA_HANDLES(STOA_EVENT_OPEN) };
WITNESS(handled, enum handled)

enum identity {
  abi_major = STOA_ABI_MAJOR,
  magic = STOA_MAGIC,
  index_any = (int32_t)STOA_INDEX_ANY
};
WITNESS(identity, enum identity)
