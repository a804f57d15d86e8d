/* What the host knows of a member that comes to an instance whose predecessor failed: the body of
 * STOA_EVENT_ATTACH, and how one reads it.
 *
 *   stoa_bytes rest = event->body;
 *   stoa_attached item;
 *   int32_t got;
 *   while ((got = stoa_attached_next(&rest, &item)) > 0) {
 *     if (item.kind == STOA_ATTACHED_ROOM) remember_room(self, event->connection, item.key);
 *   }
 *   if (got < 0) return got;
 *
 * The body is a row of items, which may be empty. Each is three numbers of 32 bits, the lowest byte
 * first: its kind, the size of its key, the size of its value; then the bytes of the key, then
 * those of the value. Nothing is aligned, and nothing stands between two items. First come the
 * rooms, in the order in which the member joined them, then the store by its keys. A host may add
 * kinds: skip those that you do not know. */
#ifndef STOA_ATTACHED_H
#define STOA_ATTACHED_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `key` is the name of a room that it is in. */
#define STOA_ATTACHED_ROOM 1u
/* `key` and `value` stand in its connection's store. */
#define STOA_ATTACHED_VALUE 2u
/* The same, but the value was left out, as the body has 16 MiB already: store_get() has it. */
#define STOA_ATTACHED_KEY 3u

/* One item. Its bytes are the body's. */
typedef struct stoa_attached {
  uint32_t kind;     /* STOA_ATTACHED_* */
  uint32_t reserved; /* 0 */
  stoa_bytes key;    /* 1..255 bytes */
  stoa_bytes value;  /* STOA_ATTACHED_VALUE only */
} stoa_attached;

/* The size of an item without its bytes. */
#define STOA_ATTACHED_HEAD 12u

static inline uint32_t stoa_attached_number(const char* from) {
  const unsigned char* const bytes = (const unsigned char*)from;
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
         (uint32_t)bytes[3] << 24;
}

/* Takes the first item off the front of `*rest`, which begins as the event's body. Returns 1 if
 * there was one, and it is `*item`; STOA_OK at the end; STOA_ERR_INVALID if what is left is no
 * item, and then neither has changed. Reads nothing beyond `*rest`. */
static inline int32_t stoa_attached_next(stoa_bytes* rest, stoa_attached* item) {
  const char* const at = rest->data;
  uint64_t key_size, value_size;
  if (rest->size == 0) return STOA_OK;
  if (at == 0 || rest->size < STOA_ATTACHED_HEAD) return STOA_ERR_INVALID;
  key_size = stoa_attached_number(at + 4);
  value_size = stoa_attached_number(at + 8);
  if (key_size + value_size > rest->size - STOA_ATTACHED_HEAD) return STOA_ERR_INVALID;
  item->kind = stoa_attached_number(at);
  item->reserved = 0;
  item->key.data = at + STOA_ATTACHED_HEAD;
  item->key.size = key_size;
  item->value.data = item->key.data + key_size;
  item->value.size = value_size;
  rest->data = item->value.data + value_size;
  rest->size -= STOA_ATTACHED_HEAD + key_size + value_size;
  return 1;
}

#ifdef __cplusplus
}
#endif

#endif
