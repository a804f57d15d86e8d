/* A plugin of a newer SDK than the host's: the same major, a higher minor. make-newer.sh compiles
 * it with headers of which tomorrow's are said to be like: the host has a function `teleport`, the
 * descriptor a member `destination`, and there is an event TELEPORTED.
 *
 *   ask  calls the function if the host has it, and replies "yes"; else replies "no" */
#include <stoa/plugin.h>

static const stoa_bytes kEvents[] = {{"ask", 3}};

static int32_t create(const stoa_host* host, const stoa_plugin_config* config, void** instance) {
  (void)config;
  *instance = (void*)host;
  return STOA_OK;
}

static void destroy(void* instance) {
  (void)instance;
}

static int32_t handle(void* instance, const stoa_event* event) {
  const stoa_host* host = instance;
  stoa_answer answer = {.struct_size = sizeof answer, .kind = STOA_ANSWER_REPLY};
  answer.body.data = "no";
  answer.body.size = 2;
  if (STOA_HOST_HAS(host, teleport) && host->teleport(host, event->connection) == STOA_OK) {
    answer.body.data = "yes";
    answer.body.size = 3;
  }
  return host->answer(host, event->reply, &answer);
}

const stoa_plugin_descriptor* stoa_plugin_entry(uint32_t host_abi_major, uint32_t host_abi_minor) {
  static const stoa_plugin_descriptor descriptor = {
      .magic = STOA_MAGIC,
      .struct_size = sizeof descriptor,
      .abi_major = STOA_ABI_MAJOR,
      .abi_minor = STOA_ABI_MINOR,
      .name = "pioneer",
      .version = "1.0.0",
      .handles = STOA_HANDLES(STOA_EVENT_MESSAGE) | STOA_HANDLES(STOA_EVENT_TELEPORTED),
      .event_count = 1,
      .events = kEvents,
      .create = create,
      .destroy = destroy,
      .handle = handle,
      .destination = 42,
  };
  (void)host_abi_minor;
  return host_abi_major == STOA_ABI_MAJOR ? &descriptor : 0;
}
