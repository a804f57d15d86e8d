/* A plugin: a shared library that serves one kind of namespace.
 *
 * It exports one symbol, stoa_plugin_entry(), which returns a constant descriptor. The host reads
 * magic, struct_size and abi_major, in that order, before anything else. From the descriptor it
 * creates an instance for each namespace that the manifest maps to the library, and calls handle()
 * for everything that happens there.
 *
 * Threads: calls to one instance never overlap, and neither do calls for one connection, unless the
 * descriptor has STOA_PLUGIN_CONCURRENT: then calls for different connections may, and so may the
 * answers to an ask of several, which come where the ask was made. Two instances of one library may
 * always run at the same time.
 *
 * The library stays mapped until the process ends, also after its last instance is gone. */
#ifndef STOA_PLUGIN_H
#define STOA_PLUGIN_H

#include "attached.h"
#include "base.h"
#include "host.h"
#include "version.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Events -------------------------------------------------------------------------------------
 *
 * "May answer" events can be answered within handle() or, after STOA_PENDING, later. An error
 * denies what was about to happen, and its text goes to the client. For all others an answer is
 * ignored. */

/* A connection opens, before it is in any namespace. May answer: an error refuses it. Facts can
 * be read; id and user can be set. Headers that the manifest does not name are there only for a
 * plugin that runs on the loop, until one answers this event of that connection later or elsewhere.
 */
#define STOA_EVENT_OPEN 1u
/* The connection is gone: once, last, for each one that opened, and for each whose OPEN was
 * delivered, also if it was refused then. `status` is the WebSocket close code (1006: none was
 * received), `body` its reason. Its facts can still be read within handle(). Only the answer to an
 * ask of a room or namespace, which another worker collects, may name the connection afterwards. */
#define STOA_EVENT_CLOSE 2u
/* Wants into the namespace. May answer. */
#define STOA_EVENT_CONNECT 3u
/* Is in, and was told so. */
#define STOA_EVENT_CONNECTED 4u
/* Wants out, or, with STOA_EVENT_FORCED, is out. May answer unless forced: an error keeps a
 * client that asked to go. */
#define STOA_EVENT_DISCONNECT 5u
/* Wants into `room`. May answer. */
#define STOA_EVENT_ROOM_JOIN 6u
/* Is in. */
#define STOA_EVENT_ROOM_JOINED 7u
/* Wants out of `room`, or is forced to. May answer unless forced. */
#define STOA_EVENT_ROOM_LEAVE 8u
/* Is out. */
#define STOA_EVENT_ROOM_LEFT 9u
/* `event` with `body`, in `room` or without one. May answer: a reply goes back under the same
 * event. */
#define STOA_EVENT_MESSAGE 10u
/* A frame that is no message, as it came, in the namespace "". May answer: a reply is sent as a
 * native frame. */
#define STOA_EVENT_NATIVE 11u
/* An answer to ask(), connect(), disconnect(), join() or leave(): `cookie` is theirs; `status`
 * is OK (`body` is the answer), REMOTE (`body` is the error's text), TIMEOUT, CLOSED, NOT_FOUND
 * (there was nobody to ask), INVALID (a room without a name) or LIMIT (too many namespaces, rooms
 * or open questions, or too much waits already). */
#define STOA_EVENT_ANSWER 12u
/* `cookie` as given to timer_start(). */
#define STOA_EVENT_TIMER 13u
/* `cookie` as given to post(). */
#define STOA_EVENT_POSTED 14u
/* The configuration changed: `body` is the new JSON text, the manifest's `config` table as the
 * server found it when it read its manifest again (SIGHUP). May answer: an error keeps the old
 * one, and the log has its text. A plugin that does not handle it keeps what create() got until the
 * server is started again. */
#define STOA_EVENT_CONFIG 15u

/* Since ABI 1.1: a namespace may have several versions of its plugin at a time, and its members may
 * be moved from one to another while they stay connected. Both see all rooms and members, and send
 * to all; each gets the events of its own members. A version that keeps nothing about members in
 * its own memory needs none of these events. One that handles an event from CONNECT to ROOM_LEFT
 * and not IMPORT is taken for one that does: its members cannot be moved to it unseen, they are
 * disconnected and connected again. */

/* Are you fit to serve? Once, after create() and before there is a member; while the server runs,
 * also before that, in a child process whose host has no server behind it. May answer, but only
 * within handle(): an error keeps the version out, and the operator reads its text. */
#define STOA_EVENT_SELF_TEST 16u
/* Another version is to serve this member. May answer: a reply is what you know of it, any bytes,
 * and its `code` the number of their schema, from 1, which you choose; content has nothing to pass
 * on; an error keeps it from being moved, and so do more than 16 MiB. Its other events wait until
 * it is decided. With connection 0: the same for what you keep for the namespace as a whole, at
 * most 256 MiB, before the first member is moved: you go, or another version is the stable one from
 * now on. Not asked of a version beside the stable one that is rolled back or put out by the guard:
 * what it keeps for the namespace goes with it. */
#define STOA_EVENT_EXPORT 17u
/* It is the other version's now, with what you exported: forget it. It has left neither its rooms
 * nor the namespace, and you get no other event of it but CLOSE, if you handle that, and answers to
 * what you asked it before. With connection 0: what you kept for the namespace as a whole is the
 * other version's; if you have members left, begin anew. */
#define STOA_EVENT_EXPORTED 18u
/* A member comes from another version, as it is: connected, in its rooms, with its store. There was
 * no CONNECT and no ROOM_JOIN. `body` is what the other version exported and `cookie` the number of
 * its schema, or 0 if it exported nothing. May answer: an error leaves it where it was. If its
 * connection ends before you answer, or you answer too late, a forced DISCONNECT comes: it is not
 * yours. With connection 0: what another version kept for the namespace as a whole. You may have
 * members already: add it to what you have. An error keeps this version out if it was to be the
 * stable one instead; else it is lost, and the operator reads your text. */
#define STOA_EVENT_IMPORT 19u
/* May this member stay? Asked of each one that was moved here, and of all after a new CONFIG was
 * taken. May answer: an error disconnects it, and its text goes to the client. One that is not
 * judged in time stays. */
#define STOA_EVENT_JUDGE 20u
/* A member is there whose instance failed with its process, and it is yours from now on: connected,
 * in its rooms, with its store. There was no CONNECT and no ROOM_JOIN, and nobody exported it. Once
 * for each such member, before any other event of it but CLOSE and answers to what you asked it
 * yourself. `body` says which rooms of the namespace it is in and what its connection's store
 * holds, as they are at that moment: read it with stoa_attached_next(). The member neither comes
 * into rooms nor leaves them until you have answered; the store is shared with other namespaces,
 * and they may change it. May answer: an error means that you cannot take the member as it is; it
 * is disconnected and connected again. If its connection ends before you answer, or you answer too
 * late, a forced DISCONNECT comes: it is not yours. If your process fails before you answer, the
 * next instance is told of the member. A member that you took is judged, see JUDGE.
 *
 * A plugin that does not handle it gets an IMPORT of schema 0 for each such member, if it handles
 * that; else nothing, unless it handles an event from CONNECT to ROOM_LEFT: then its members are
 * disconnected and connected again. What versions hand to each other in a rollout is never told by
 * this event. Of the namespace as a whole it does not speak: IMPORT with connection 0, of schema 0,
 * comes before it. */
#define STOA_EVENT_ATTACH 21u

/* Flags of an event. */
/* Somebody waits for the answer. */
#define STOA_EVENT_ASK 1u
/* It came in a binary frame. */
#define STOA_EVENT_BINARY 2u
/* It happens whatever the plugin answers; of all answers only a CLOSE counts. */
#define STOA_EVENT_FORCED 4u
/* ANSWER in mode ALL: nothing more comes for this cookie; `status` is OK if everybody asked has
 * answered, else TIMEOUT or NOT_FOUND. */
#define STOA_EVENT_LAST 8u
/* MESSAGE: the client sent an error, say of its handler for an event of ours; `body` is its
 * text. */
#define STOA_EVENT_ERROR 16u

/* By whom it was caused. */
/* The client asked. */
#define STOA_BY_CLIENT 1u
/* A plugin called the host. */
#define STOA_BY_PLUGIN 2u
/* The host itself: the connection was lost, the server shuts down, or a rollout puts a member out
 * or connects it again. */
#define STOA_BY_HOST 3u

/* `index` of an event that the descriptor does not name: the plugin handles it by the wildcard. */
#define STOA_INDEX_ANY 0xffffffffu

/* One event. Complete in itself, and borrowed until handle() returns. */
typedef struct stoa_event {
  uint32_t struct_size;
  uint32_t kind;  /* STOA_EVENT_OPEN..ATTACH */
  uint32_t flags; /* STOA_EVENT_ASK.. */
  uint32_t by;    /* STOA_BY_* */
  uint32_t index; /* MESSAGE: position in the descriptor's `events`, or STOA_INDEX_ANY */
  int32_t status; /* ANSWER: STOA_OK or an error. CLOSE: the close code. Else 0 */
  stoa_connection connection; /* 0 for TIMER, POSTED, CONFIG, SELF_TEST, the last ANSWER of mode
                                 ALL, and what concerns the namespace as a whole */
  stoa_reply reply;           /* for answer(); 0 where nothing can be answered */
  uint64_t cookie;            /* ANSWER, TIMER, POSTED; IMPORT: the schema; else 0 */
  stoa_bytes room;
  stoa_bytes event; /* MESSAGE: its name. Lifecycle events: their name on the wire */
  stoa_bytes body;
} stoa_event;

/* --- The descriptor -------------------------------------------------------------------------- */

/* handle() may be called for different connections at the same time. */
#define STOA_PLUGIN_CONCURRENT 1u

/* Bits of `handles`: which kinds of event the plugin wants. Others are not delivered, and are taken
 * as answered with content. */
#define STOA_HANDLES(kind) (1ull << (kind))
/* The wildcard: messages not named in `events`, and lifecycle events (CONNECT to ROOM_LEFT) that
 * are not in `handles`. They arrive with index STOA_INDEX_ANY. */
#define STOA_HANDLES_ANY 1ull

typedef struct stoa_plugin_config {
  uint32_t struct_size;
  uint32_t reserved;      /* 0 */
  stoa_bytes ns;          /* the namespace the instance is to serve */
  stoa_bytes json;        /* the manifest's `config` table as JSON text; "{}" if there is none */
  const stoa_sink* error; /* where create() puts a sentence before it returns an error */
} stoa_plugin_config;

typedef struct stoa_plugin_descriptor {
  uint32_t magic;       /* STOA_MAGIC */
  uint32_t struct_size; /* sizeof(stoa_plugin_descriptor) */
  uint32_t abi_major;   /* STOA_ABI_MAJOR the plugin was built with */
  uint32_t abi_minor;   /* STOA_ABI_MINOR the plugin was built with */
  const char* name;     /* NUL-terminated, 1..64 bytes of [a-z0-9_-] */
  const char* version;  /* NUL-terminated, 1..64 bytes, e.g. "1.4.0" */
  uint64_t handles;     /* STOA_HANDLES() bits, and STOA_HANDLES_ANY */
  uint32_t flags;       /* STOA_PLUGIN_* */
  uint32_t event_count;
  const stoa_bytes* events; /* the names of the messages it handles, each 1..255 bytes and once */

  /* Makes an instance for one namespace and stores it in `*instance`. Host functions may be called
   * with `host` from now on; what they begin comes about once this has returned and the self-test
   * has passed. Returns STOA_OK, or an error after a sentence for the operator in config->error.
   * Called on a thread of the host's, before the server listens or while it does, and, to try the
   * version out, in a child process whose host has no server behind it. */
  int32_t (*create)(const stoa_host* host, const stoa_plugin_config* config, void** instance);

  /* The last call to the instance: no other runs or comes. Stop the instance's own threads here;
   * host functions may be called until it returns, and `host` is invalid afterwards. */
  void (*destroy)(void* instance);

  /* One event. Returns STOA_OK (done, whether answered with host->answer() or not), STOA_PENDING
   * (an answer will follow; only for events that may be answered), or an error, which counts as an
   * answer with the error text "handler failed". Where it runs is the operator's choice: on a
   * thread of the instance's own, or on several if it is concurrent, or in a process of its own,
   * where it may block and holds up its own namespace only, or on the loops that serve connections:
   * there it must return within a few milliseconds. It cannot tell and need not: what it may call
   * and in which order events come is the same. One that does not return for long (10 s, or what
   * the operator allows) may be given up: another instance takes its place, and if it comes back
   * all functions of its host return STOA_ERR_STATE. */
  int32_t (*handle)(void* instance, const stoa_event* event);
} stoa_plugin_descriptor;

#if defined(__GNUC__)
#define STOA_EXPORT __attribute__((visibility("default")))
#else
#define STOA_EXPORT
#endif

/* The one exported symbol. The host names a version it speaks; the plugin returns a descriptor
 * whose abi_major is that one, or NULL if it has none. No side effects: it may be called in any
 * process, by `stoa check` and `stoa inspect` too. The descriptor stays valid as long as the
 * library is loaded. */
STOA_EXPORT const stoa_plugin_descriptor* stoa_plugin_entry(uint32_t host_abi_major,
                                                            uint32_t host_abi_minor);

#ifdef __cplusplus
}
#endif

#endif
