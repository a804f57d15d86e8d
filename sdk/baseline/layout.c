/* Where every member of every struct of the ABI lies on 64-bit targets: it does not compile if one
 * moved. Members are only ever appended, so what stands here stays; a new one gets a line. The
 * sizes of structs that may grow are left open. Compiled with the tests, also where abidiff is not.
 */
#include <stddef.h>
#include <stdint.h>
#include <stoa/plugin.h>

#define AT(type, member, offset) \
  _Static_assert(offsetof(type, member) == (offset), #type "." #member " is not at " #offset)
#define SIZE(type, size) \
  _Static_assert(sizeof(type) == (size), #type " is not " #size " bytes long")

#if UINTPTR_MAX == 0xffffffffffffffffu

AT(stoa_bytes, data, 0);
AT(stoa_bytes, size, 8);
SIZE(stoa_bytes, 16);

AT(stoa_sink, context, 0);
AT(stoa_sink, put, 8);
SIZE(stoa_sink, 16);

AT(stoa_message, struct_size, 0);
AT(stoa_message, flags, 4);
AT(stoa_message, event, 8);
AT(stoa_message, body, 24);

AT(stoa_target, struct_size, 0);
AT(stoa_target, scope, 4);
AT(stoa_target, connection, 8);
AT(stoa_target, except, 16);
AT(stoa_target, room, 24);
AT(stoa_target, only_id, 40);

AT(stoa_answer, struct_size, 0);
AT(stoa_answer, kind, 4);
AT(stoa_answer, flags, 8);
AT(stoa_answer, code, 12);
AT(stoa_answer, body, 16);

AT(stoa_field, key, 0);
AT(stoa_field, value, 16);
SIZE(stoa_field, 32);

AT(stoa_host, struct_size, 0);
AT(stoa_host, abi_major, 4);
AT(stoa_host, abi_minor, 8);
AT(stoa_host, reserved, 12);
AT(stoa_host, context, 16);
AT(stoa_host, answer, 24);
AT(stoa_host, emit, 32);
AT(stoa_host, prepare, 40);
AT(stoa_host, prepared_emit, 48);
AT(stoa_host, prepared_forget, 56);
AT(stoa_host, ask, 64);
AT(stoa_host, connect, 72);
AT(stoa_host, disconnect, 80);
AT(stoa_host, disconnect_all, 88);
AT(stoa_host, join, 96);
AT(stoa_host, leave, 104);
AT(stoa_host, close, 112);
AT(stoa_host, set_id, 120);
AT(stoa_host, set_user, 128);
AT(stoa_host, fact, 136);
AT(stoa_host, store_get, 144);
AT(stoa_host, store_set, 152);
AT(stoa_host, store_delete, 160);
AT(stoa_host, store_add, 168);
AT(stoa_host, store_swap, 176);
AT(stoa_host, members, 184);
AT(stoa_host, timer_start, 192);
AT(stoa_host, timer_stop, 200);
AT(stoa_host, post, 208);
AT(stoa_host, log, 216);
AT(stoa_host, counter_add, 224);
AT(stoa_host, gauge_set, 232);
AT(stoa_host, monotonic_ns, 240);
AT(stoa_host, wall_ns, 248);
AT(stoa_host, extension, 256);

AT(stoa_event, struct_size, 0);
AT(stoa_event, kind, 4);
AT(stoa_event, flags, 8);
AT(stoa_event, by, 12);
AT(stoa_event, index, 16);
AT(stoa_event, status, 20);
AT(stoa_event, connection, 24);
AT(stoa_event, reply, 32);
AT(stoa_event, cookie, 40);
AT(stoa_event, room, 48);
AT(stoa_event, event, 64);
AT(stoa_event, body, 80);

AT(stoa_attached, kind, 0);
AT(stoa_attached, reserved, 4);
AT(stoa_attached, key, 8);
AT(stoa_attached, value, 24);
SIZE(stoa_attached, 40);

AT(stoa_plugin_config, struct_size, 0);
AT(stoa_plugin_config, reserved, 4);
AT(stoa_plugin_config, ns, 8);
AT(stoa_plugin_config, json, 24);
AT(stoa_plugin_config, error, 40);

AT(stoa_plugin_descriptor, magic, 0);
AT(stoa_plugin_descriptor, struct_size, 4);
AT(stoa_plugin_descriptor, abi_major, 8);
AT(stoa_plugin_descriptor, abi_minor, 12);
AT(stoa_plugin_descriptor, name, 16);
AT(stoa_plugin_descriptor, version, 24);
AT(stoa_plugin_descriptor, handles, 32);
AT(stoa_plugin_descriptor, flags, 40);
AT(stoa_plugin_descriptor, event_count, 44);
AT(stoa_plugin_descriptor, events, 48);
AT(stoa_plugin_descriptor, create, 56);
AT(stoa_plugin_descriptor, destroy, 64);
AT(stoa_plugin_descriptor, handle, 72);

#endif
