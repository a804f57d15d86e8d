/* Greets by name: the event "hello" with the body "Ada" is answered with "Hello, Ada!". */
#include <stdlib.h>
#include <stoa/plugin.h>
#include <string.h>

static const stoa_bytes kEvents[] = {{"hello", 5}};

/* An instance serves one namespace. This one remembers nothing but its host. */
typedef struct hello {
  const stoa_host* host;
} hello;

static int32_t create(const stoa_host* host, const stoa_plugin_config* config, void** instance) {
  hello* made = malloc(sizeof *made);
  (void)config;
  if (made == NULL) return STOA_ERR_FAILED;
  made->host = host;
  *instance = made;
  return STOA_OK;
}

static void destroy(void* instance) {
  free(instance);
}

static int32_t handle(void* instance, const stoa_event* event) {
  const hello* self = instance;
  char text[128] = "Hello, ";
  const size_t greeting = strlen(text);
  stoa_answer answer = {.struct_size = sizeof answer, .kind = STOA_ANSWER_REPLY};

  if (event->body.size > 64) {
    answer.kind = STOA_ANSWER_ERROR;
    answer.body = (stoa_bytes){"your name is too long", 21};
    return self->host->answer(self->host, event->reply, &answer);
  }
  if (event->body.size > 0) memcpy(text + greeting, event->body.data, event->body.size);
  text[greeting + event->body.size] = '!';
  answer.body = (stoa_bytes){text, greeting + event->body.size + 1};
  return self->host->answer(self->host, event->reply, &answer);
}

const stoa_plugin_descriptor* stoa_plugin_entry(uint32_t host_abi_major, uint32_t host_abi_minor) {
  static const stoa_plugin_descriptor descriptor = {
      .magic = STOA_MAGIC,
      .struct_size = sizeof descriptor,
      .abi_major = STOA_ABI_MAJOR,
      .abi_minor = STOA_ABI_MINOR,
      .name = "hello_c",
      .version = "1.0.0",
      .handles = STOA_HANDLES(STOA_EVENT_MESSAGE),
      .event_count = 1,
      .events = kEvents,
      .create = create,
      .destroy = destroy,
      .handle = handle,
  };
  (void)host_abi_minor;
  return host_abi_major == STOA_ABI_MAJOR ? &descriptor : NULL;
}
