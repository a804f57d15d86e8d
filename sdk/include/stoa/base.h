/* The small types that both sides of the interface share.
 *
 * Rules that hold for everything in these headers:
 *  - Integers have fixed widths. There are no C enums, bit-fields or bools in a layout.
 *  - A struct that may grow begins with `struct_size`, which its maker sets to sizeof. Members are
 *    only ever appended. A reader looks at a member only if `struct_size` covers it, and a longer
 *    struct than the reader knows is fine as long as its unknown tail is zero.
 *  - Connections, timers and reply tokens are numbers, never addresses. A stale one is an error
 *    code, never a crash.
 *  - Bytes handed over as arguments are borrowed until the call returns. Nobody frees the other
 *    side's memory. */
#ifndef STOA_BASE_H
#define STOA_BASE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Borrowed bytes: valid until the call that carries them returns. Not NUL-terminated.
 * `data` may be NULL only when `size` is 0. Names and texts are UTF-8; bodies are any bytes. */
typedef struct stoa_bytes {
  const char* data;
  uint64_t size;
} stoa_bytes;

/* One WebSocket connection. 0 is never a connection. A number is not used again for another
 * connection before four billion others had its place. */
typedef uint64_t stoa_connection;

/* A right to answer one event, once. 0 is never a token. */
typedef uint64_t stoa_reply;

/* A running timer. 0 is never a timer. */
typedef uint64_t stoa_timer;

/* A message that the host keeps ready to be sent. 0 is never one. */
typedef uint64_t stoa_prepared;

/* Results. Zero and above is success, below zero is an error. Functions return int32_t. */
#define STOA_OK 0
#define STOA_PENDING 1          /* from handle(): I will answer later with the event's token */
#define STOA_ERR_INVALID (-1)   /* an argument is NULL, too long, out of range or malformed */
#define STOA_ERR_STALE (-2)     /* the connection, timer or token is gone or already used */
#define STOA_ERR_STATE (-3)     /* right arguments, wrong moment: see the function */
#define STOA_ERR_NOT_FOUND (-4) /* no such key, header, room or member */
#define STOA_ERR_LIMIT (-5)     /* a bound of the host would be exceeded; try again later */
#define STOA_ERR_CONFLICT (-6)  /* compare-and-set found another value */
#define STOA_ERR_REMOTE (-7)    /* the other side answered with an error; the body is its text */
#define STOA_ERR_TIMEOUT (-8)   /* no answer before the deadline */
#define STOA_ERR_CLOSED (-9)    /* the connection went away before it answered */
#define STOA_ERR_FAILED (-10)   /* the plugin failed: a caught exception, a failed allocation */

/* Where a host function puts what it finds. It calls `put` once per item, before it returns, on
 * the calling thread and without holding any lock: `put` may call host functions. `item` is
 * borrowed until `put` returns. Owned by the caller. */
typedef struct stoa_sink {
  void* context;
  void (*put)(void* context, stoa_bytes item);
} stoa_sink;

#ifdef __cplusplus
}
#endif

#endif
