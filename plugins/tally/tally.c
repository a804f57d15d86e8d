/* Teaches: a plugin in plain C, on the interface alone.
 *
 *   add  adds a decimal number to the total and replies with the new total
 *   get  replies with the total
 *
 * The total is in the namespace's store, which outlives this instance. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <stoa/plugin.h>
#include <string.h>

/* The names of the events, and their positions: stoa_event.index is one of them. */
enum { kAdd, kGet };
static const stoa_bytes kEvents[] = {[kAdd] = {"add", 3}, [kGet] = {"get", 3}};
static const stoa_bytes kTotal = {"total", 5};

/* An instance remembers nothing but its host. */
typedef struct tally {
  const stoa_host* host;
} tally;

static int32_t create(const stoa_host* host, const stoa_plugin_config* config, void** instance) {
  tally* made = malloc(sizeof *made);
  (void)config;
  if (made == NULL) return STOA_ERR_FAILED;
  made->host = host;
  *instance = made;
  return STOA_OK;
}

static void destroy(void* instance) {
  free(instance);
}

static int32_t answer(const tally* self, const stoa_event* event, uint32_t kind, const char* text) {
  const stoa_answer made = {.struct_size = sizeof made, .kind = kind, .body = {text, strlen(text)}};
  self->host->answer(self->host, event->reply, &made);
  return STOA_OK;
}

/* Reads the whole of `text` as a decimal number. Returns 0 if it is none. */
static int parse(stoa_bytes text, int64_t* number) {
  char digits[21]; /* the longest is -9223372036854775808 */
  char* end = NULL;
  if (text.size == 0 || text.size >= sizeof digits) return 0;
  memcpy(digits, text.data, text.size);
  digits[text.size] = '\0';
  if (strspn(digits, "+-0123456789") != text.size) return 0; /* strtoll would skip spaces */
  errno = 0;
  *number = strtoll(digits, &end, 10);
  return errno == 0 && end == digits + text.size;
}

static int32_t handle(void* instance, const stoa_event* event) {
  const tally* self = instance;
  int64_t amount = 0;
  int64_t total = 0;
  char text[24];

  if (event->kind != STOA_EVENT_MESSAGE) return STOA_OK;
  if (event->index == kAdd && !parse(event->body, &amount)) {
    return answer(self, event, STOA_ANSWER_ERROR, "not a number");
  }
  if (self->host->store_add(self->host, 0, kTotal, amount, &total) != STOA_OK) {
    return answer(self, event, STOA_ANSWER_ERROR, "out of range");
  }
  snprintf(text, sizeof text, "%" PRId64, total);
  return answer(self, event, STOA_ANSWER_REPLY, text);
}

const stoa_plugin_descriptor* stoa_plugin_entry(uint32_t host_abi_major, uint32_t host_abi_minor) {
  static const stoa_plugin_descriptor descriptor = {
      .magic = STOA_MAGIC,
      .struct_size = sizeof descriptor,
      .abi_major = STOA_ABI_MAJOR,
      .abi_minor = STOA_ABI_MINOR,
      .name = "tally",
      .version = "1.0.0",
      .handles = STOA_HANDLES(STOA_EVENT_MESSAGE),
      .event_count = sizeof kEvents / sizeof kEvents[0],
      .events = kEvents,
      .create = create,
      .destroy = destroy,
      .handle = handle,
  };
  (void)host_abi_minor;
  return host_abi_major == STOA_ABI_MAJOR ? &descriptor : NULL;
}
