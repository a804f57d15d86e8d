/* What the host does for a plugin: a table of functions, handed to create().
 *
 * Every function:
 *  - may be called from any thread of the plugin, and from within handle();
 *  - takes the `host` pointer that create() received, which is valid until destroy() returned;
 *  - never calls the plugin back before it returns: what it causes arrives later as an event;
 *  - that causes an event returns LIMIT if 100,000 such events wait besides what its queue holds;
 *  - answers misuse (a stale number, NULL, a wrong moment) with an error code and a line in the
 *    host's log, never with undefined behaviour.
 *
 * Of a plugin that runs in a process of its own, answer(), emit(), prepared_emit(),
 * prepared_forget(), timer_stop(), post(), log(), counter_add() and gauge_set() return STOA_OK once
 * their arguments are well-formed (answer() also knows the event that is handled): what else is
 * wrong with them is only logged.
 *
 * A function that a host older than the plugin does not have lies beyond that host's
 * `struct_size`: ask with STOA_HOST_HAS(host, name) before calling one that was added later. */
#ifndef STOA_HOST_H
#define STOA_HOST_H

#include <stddef.h>

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- What is sent ------------------------------------------------------------------------- */

#define STOA_MESSAGE_BINARY 1u /* a binary frame; otherwise text, and the body must be UTF-8 */
#define STOA_MESSAGE_NATIVE 2u /* the body is the whole frame: for plain WebSocket clients */

typedef struct stoa_message {
  uint32_t struct_size;
  uint32_t flags;   /* STOA_MESSAGE_* */
  stoa_bytes event; /* 1..255 bytes; ignored when native */
  stoa_bytes body;
} stoa_message;

#define STOA_TO_CONNECTION 1u /* `connection` alone; with a `room`, as a message of that room */
#define STOA_TO_ROOM 2u       /* the members of `room` */
#define STOA_TO_NAMESPACE 3u  /* every member of the plugin's namespace */

/* To whom. The namespace is always the plugin's own. */
typedef struct stoa_target {
  uint32_t struct_size;
  uint32_t scope;             /* STOA_TO_* */
  stoa_connection connection; /* for STOA_TO_CONNECTION */
  stoa_connection except;     /* for ROOM and NAMESPACE: the one left out, or 0 */
  stoa_bytes room;            /* for STOA_TO_ROOM, and to name a room to one connection */
  stoa_bytes only_id; /* for ROOM and NAMESPACE: only the connection with this id, or empty */
} stoa_target;

/* --- How an event is answered --------------------------------------------------------------- */

#define STOA_ANSWER_NONE 0u  /* content, nothing to say */
#define STOA_ANSWER_REPLY 1u /* `body` goes back under the event's own name and room */
#define STOA_ANSWER_ERROR 2u /* `body` is the error's text; before an act it denies the act */
#define STOA_ANSWER_CLOSE 3u /* closes the connection with `code`; `body` is the reason */

typedef struct stoa_answer {
  uint32_t struct_size;
  uint32_t kind;  /* STOA_ANSWER_* */
  uint32_t flags; /* STOA_MESSAGE_BINARY makes a reply binary; a binary question gets a binary reply
                     either way */
  uint32_t code;  /* for CLOSE: 1000, 1001, 1003, 1007..1011 or 3000..4999. For the REPLY to
                     STOA_EVENT_EXPORT: the number of the schema, from 1 */
  stoa_bytes body;
} stoa_answer;

/* --- Asking ----------------------------------------------------------------------------------- */

#define STOA_ASK_ANY 1u /* one answer: from the one connection, or from whoever is first */
#define STOA_ASK_ALL 2u /* every answer until the deadline, then one last event */

/* --- Timers ----------------------------------------------------------------------------------- */

#define STOA_MAX_TIMER_MS 2678400000u /* 31 days */

/* --- What can be known of a connection ------------------------------------------------------- */

#define STOA_FACT_ID 1u      /* its id: a UUID version 4 unless a plugin set another */
#define STOA_FACT_USER 2u    /* its user, as set by a plugin; empty if none did */
#define STOA_FACT_ADDRESS 3u /* the peer's address, numeric, without the port */
#define STOA_FACT_PATH 4u    /* the path of the request */
#define STOA_FACT_HEADER 5u  /* the request header `key`, any case: see the manifest's `headers` */
#define STOA_FACT_QUERY 6u   /* the query parameter `key`, decoded */
#define STOA_FACT_RECONNECTS 7u /* its reconnect tries, decimal; "0" for a first connect */
#define STOA_FACT_NAMESPACES 8u /* one item per namespace the connection is in */
#define STOA_FACT_ROOMS 9u      /* one item per room of this namespace the connection is in */

#define STOA_LOG_TRACE 0u
#define STOA_LOG_DEBUG 1u
#define STOA_LOG_INFO 2u
#define STOA_LOG_WARN 3u
#define STOA_LOG_ERROR 4u

typedef struct stoa_field {
  stoa_bytes key;
  stoa_bytes value;
} stoa_field;

typedef struct stoa_host {
  uint32_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t reserved; /* 0 */
  void* context;     /* the host's own */

  /* Answers the event that carried `token`: within handle(), or later after handle() returned
   * STOA_PENDING; from another thread of the plugin also before it returned that. The first answer
   * counts. A question that stays pending beyond the namespace's ask
   * timeout is answered by the host with the error "handler unavailable".
   * Errors: STALE (answered before, or its connection is gone; found later, and logged, if the call
   * comes from a thread of the plugin), INVALID, LIMIT. */
  int32_t (*answer)(const struct stoa_host* host, stoa_reply token, const stoa_answer* answer);

  /* Sends a message. To one connection: it must be a member of the namespace (and of the room, if
   * named). Messages of a namespace reach a connection in the order of the calls.
   * Errors: INVALID, STALE, NOT_FOUND (not a member), LIMIT (the host's own queue is full, or so
   * much waited for this connection that it is closed as a slow consumer). Sending to a room or
   * namespace without members is STOA_OK. A connection on another worker is checked there, and a
   * message that finds it gone is dropped. */
  int32_t (*emit)(const struct stoa_host* host, const stoa_target* target,
                  const stoa_message* message);

  /* Builds a message once, to be sent any number of times: its names and body as they go to the
   * sockets, which the host keeps and all receivers share. `room` is the room that it names, or
   * empty. prepared_emit() sends it as emit() does; `target` must name the same room, or none if
   * that is empty. prepared_forget() gives it back; what was sent before still arrives. What an
   * instance does not give back ends with it. prepare() errors: INVALID, LIMIT (1,024 messages or
   * 64 MiB per instance). prepared_emit(): as emit(), and STALE. prepared_forget(): STALE. */
  int32_t (*prepare)(const struct stoa_host* host, stoa_bytes room, const stoa_message* message,
                     stoa_prepared* out);
  int32_t (*prepared_emit)(const struct stoa_host* host, const stoa_target* target,
                           stoa_prepared message);
  int32_t (*prepared_forget)(const struct stoa_host* host, stoa_prepared message);

  /* Asks, and brings each answer as a STOA_EVENT_ANSWER with `cookie`. Mode ANY: exactly one such
   * event. Mode ALL: one for each answer, then one with the flag STOA_EVENT_LAST and without a
   * connection; to one connection too. `timeout_ms` 0 means the host's default; at most 3,600,000.
   * Errors: as emit(), and STATE (clients of a server whose only namespace is a native one cannot
   * be asked). */
  int32_t (*ask)(const struct stoa_host* host, const stoa_target* target,
                 const stoa_message* message, uint32_t mode, uint32_t timeout_ms, uint64_t cookie);

  /* Membership changed from the server's side, each an ask to the client. With `cookie` other than
   * 0 the outcome arrives as a STOA_EVENT_ANSWER with that cookie. connect() and disconnect() act
   * on the namespace `ns`, or on the plugin's own if `ns` is NULL; join() and leave() on a room of
   * the plugin's own namespace. On a connection whose opening still waits, connect() is carried out
   * once it is open. Errors: INVALID, STALE, NOT_FOUND (unknown namespace), LIMIT, STATE (as for
   * ask()). */
  int32_t (*connect)(const struct stoa_host* host, stoa_connection connection, const stoa_bytes* ns,
                     uint64_t cookie);
  int32_t (*disconnect)(const struct stoa_host* host, stoa_connection connection,
                        const stoa_bytes* ns, uint64_t cookie);
  int32_t (*disconnect_all)(const struct stoa_host* host, stoa_connection connection,
                            uint64_t cookie);
  int32_t (*join)(const struct stoa_host* host, stoa_connection connection, stoa_bytes room,
                  uint64_t cookie);
  int32_t (*leave)(const struct stoa_host* host, stoa_connection connection, stoa_bytes room,
                   uint64_t cookie);

  /* Closes the connection with `code` (see stoa_answer.code) and `reason`, which is cut at 123
   * bytes at a character's end. What was sent before goes out first. Errors: INVALID, STALE. */
  int32_t (*close)(const struct stoa_host* host, stoa_connection connection, uint32_t code,
                   stoa_bytes reason);

  /* Who the connection is: only while it opens, that is before its STOA_EVENT_OPEN was answered.
   * An id has 1..255 bytes, a user 0..255. Errors: INVALID, STALE, STATE (already open). */
  int32_t (*set_id)(const struct stoa_host* host, stoa_connection connection, stoa_bytes id);
  int32_t (*set_user)(const struct stoa_host* host, stoa_connection connection, stoa_bytes user);

  /* Puts a fact (STOA_FACT_*) into `out`; `key` for HEADER and QUERY, else empty.
   * Errors: INVALID, STALE, NOT_FOUND. */
  int32_t (*fact)(const struct stoa_host* host, stoa_connection connection, uint32_t fact,
                  stoa_bytes key, const stoa_sink* out);

  /* Key and value stores. With a connection: that connection's own, shared by all namespaces and
   * gone with it. With 0: the namespace's, shared by all instances that serve it. Keys have 1..255
   * bytes, values at most 64 KiB, a store at most 1,024 keys (connection) or 65,536 (namespace).
   * store_add() treats a missing value as 0 and answers INVALID if it is not a decimal integer.
   * store_swap() sets `value` only if the present one equals `*expected`, or is missing if
   * `expected` is NULL; else CONFLICT. Errors: INVALID, STALE, NOT_FOUND, LIMIT, CONFLICT. */
  int32_t (*store_get)(const struct stoa_host* host, stoa_connection connection, stoa_bytes key,
                       const stoa_sink* out);
  int32_t (*store_set)(const struct stoa_host* host, stoa_connection connection, stoa_bytes key,
                       stoa_bytes value);
  int32_t (*store_delete)(const struct stoa_host* host, stoa_connection connection, stoa_bytes key);
  int32_t (*store_add)(const struct stoa_host* host, stoa_connection connection, stoa_bytes key,
                       int64_t amount, int64_t* result);
  int32_t (*store_swap)(const struct stoa_host* host, stoa_connection connection, stoa_bytes key,
                        const stoa_bytes* expected, stoa_bytes value);

  /* Members of `room`, or of the whole namespace if `room` is empty. Writes at most `capacity`
   * connections into `out` (which may be NULL if capacity is 0) and the full number into `*count`:
   * ask again with more room if it is larger. Errors: INVALID. A room without members has 0. */
  int32_t (*members)(const struct stoa_host* host, stoa_bytes room, stoa_connection* out,
                     uint64_t capacity, uint64_t* count);

  /* A STOA_EVENT_TIMER with `cookie` after `delay_ms`, then every `period_ms` unless that is 0.
   * Both at most STOA_MAX_TIMER_MS. timer_stop(): no event of it begins afterwards,
   * but one may be running. Errors: INVALID, LIMIT (10,000 timers per instance), STALE. */
  int32_t (*timer_start)(const struct stoa_host* host, uint64_t delay_ms, uint64_t period_ms,
                         uint64_t cookie, stoa_timer* out);
  int32_t (*timer_stop)(const struct stoa_host* host, stoa_timer timer);

  /* A STOA_EVENT_POSTED with `cookie`, soon, where the instance's events run: the way from a thread
   * of the plugin to its handlers. Errors: LIMIT. */
  int32_t (*post)(const struct stoa_host* host, uint64_t cookie);

  /* One line in the host's log under the plugin's name. `fields` may be NULL if `field_count` is 0.
   * Lines are cut at 8 KiB. Errors: INVALID. */
  int32_t (*log)(const struct stoa_host* host, uint32_t level, stoa_bytes text,
                 const stoa_field* fields, uint64_t field_count);

  /* A number that operators see, under the namespace's name. Names are [a-zA-Z_][a-zA-Z0-9_]*, at
   * most 64 bytes and 100 names per instance. A counter only grows. Errors: INVALID, LIMIT. */
  int32_t (*counter_add)(const struct stoa_host* host, stoa_bytes name, uint64_t amount);
  int32_t (*gauge_set)(const struct stoa_host* host, stoa_bytes name, double value);

  /* Nanoseconds: of a clock that only goes forward, and since 1970-01-01 UTC. */
  uint64_t (*monotonic_ns)(const struct stoa_host* host);
  uint64_t (*wall_ns)(const struct stoa_host* host);

  /* An optional table of functions by its id (see the headers named after them), or NULL. What it
   * returns is valid as long as `host` is. */
  const void* (*extension)(const struct stoa_host* host, const char* id);
} stoa_host;

/* Does this host have the function `member`? */
#define STOA_HOST_HAS(host, member)                                               \
  ((host)->struct_size >= offsetof(stoa_host, member) + sizeof((host)->member) && \
   (host)->member != NULL)

#ifdef __cplusplus
}
#endif

#endif
