/* A plugin that is compiled once for each version of the ABI and kept as a binary: it shows that
 * the host still hands everything over as that version's headers say.
 *
 *   mirror  replies with all members of the event
 *   tour    calls every function of the host's table and replies with what they returned */
#include <inttypes.h>
#include <stdio.h>
#include <stoa/plugin.h>
#include <string.h>

enum { kMirror, kTour };
static const stoa_bytes kEvents[] = {{"mirror", 6}, {"tour", 4}};

/* It serves one namespace at a time, so that the instance can be static. */
static struct veteran {
  const stoa_host* host;
  char text[4096];
  size_t size;
} self;

static stoa_bytes bytes(const char* text) {
  const stoa_bytes made = {text, strlen(text)};
  return made;
}

static void add(const char* name, int64_t value) {
  self.size += (size_t)snprintf(self.text + self.size, sizeof self.text - self.size,
                                "%s=%" PRId64 " ", name, value);
}

static void add_bytes(const char* name, stoa_bytes value) {
  self.size += (size_t)snprintf(self.text + self.size, sizeof self.text - self.size, "%s=%.*s ",
                                name, (int)value.size, value.data ? value.data : "");
}

static void count(void* context, stoa_bytes item) {
  (void)item;
  ++*(int64_t*)context;
}

static int32_t create(const stoa_host* host, const stoa_plugin_config* config, void** instance) {
  if (config->struct_size < sizeof *config || config->json.size < 2) {
    config->error->put(config->error->context, bytes("the config is not as it was"));
    return STOA_ERR_INVALID;
  }
  if (host->struct_size < sizeof *host || host->abi_major != STOA_ABI_MAJOR) {
    config->error->put(config->error->context, bytes("the host is older than this plugin"));
    return STOA_ERR_INVALID;
  }
  self.host = host;
  *instance = &self;
  return STOA_OK;
}

static void destroy(void* instance) {
  ((struct veteran*)instance)->host = NULL;
}

static void mirror(const stoa_event* event) {
  add("kind", event->kind);
  add("flags", event->flags);
  add("by", event->by);
  add("index", event->index);
  add("status", event->status);
  add("connection", (int64_t)event->connection);
  add("reply", (int64_t)event->reply);
  add("cookie", (int64_t)event->cookie);
  add_bytes("room", event->room);
  add_bytes("event", event->event);
  add_bytes("body", event->body);
}

/* Everything that is about one connection, which is named by a number that never was one. */
static void tour_connection(const stoa_host* host, const stoa_sink* sink) {
  const stoa_connection nobody = UINT64_C(0x7fffffff00fffff0);
  const stoa_bytes ns = bytes("other");
  add("connect", host->connect(host, nobody, &ns, 1));
  add("disconnect", host->disconnect(host, nobody, NULL, 2));
  add("disconnect_all", host->disconnect_all(host, nobody, 3));
  add("join", host->join(host, nobody, bytes("room"), 4));
  add("leave", host->leave(host, nobody, bytes("room"), 5));
  add("close", host->close(host, nobody, 4000, bytes("bye")));
  add("set_id", host->set_id(host, nobody, bytes("id")));
  add("set_user", host->set_user(host, nobody, bytes("user")));
  add("fact", host->fact(host, nobody, STOA_FACT_HEADER, bytes("Host"), sink));
}

static void tour_messages(const stoa_host* host) {
  stoa_target target = {.struct_size = sizeof target, .scope = STOA_TO_ROOM, .room = bytes("room")};
  stoa_message message = {
      .struct_size = sizeof message, .event = bytes("news"), .body = bytes("body")};
  stoa_prepared prepared = 0;
  uint64_t members = 99;
  add("emit", host->emit(host, &target, &message));
  add("prepare", host->prepare(host, bytes("room"), &message, &prepared));
  add("prepared_emit", host->prepared_emit(host, &target, prepared));
  add("prepared_forget", host->prepared_forget(host, prepared));
  add("ask", host->ask(host, &target, &message, STOA_ASK_ALL, 10, 6));
  add("members", host->members(host, bytes("room"), NULL, 0, &members));
  add("count", (int64_t)members);
}

static void tour_store(const stoa_host* host, const stoa_sink* sink) {
  const stoa_bytes key = bytes("veteran");
  int64_t sum = 0;
  add("store_set", host->store_set(host, 0, key, bytes("41")));
  add("store_add", host->store_add(host, 0, key, 1, &sum));
  add("store_swap", host->store_swap(host, 0, key, NULL, bytes("x")));
  add("store_get", host->store_get(host, 0, key, sink));
  add("store_delete", host->store_delete(host, 0, key));
}

static void tour_rest(const stoa_host* host) {
  const stoa_field field = {bytes("key"), bytes("value")};
  stoa_timer timer = 0;
  add("timer_start", host->timer_start(host, 60000, 0, 7, &timer));
  add("timer_stop", host->timer_stop(host, timer));
  add("post", host->post(host, 8));
  add("log", host->log(host, STOA_LOG_DEBUG, bytes("on tour"), &field, 1));
  add("counter_add", host->counter_add(host, bytes("tours"), 1));
  add("gauge_set", host->gauge_set(host, bytes("age"), 1.5));
  add("monotonic", host->monotonic_ns(host) > 0);
  add("wall", host->wall_ns(host) > UINT64_C(1600000000000000000));
  add("extension", host->extension(host, "none of that name") == NULL);
}

static int32_t handle(void* instance, const stoa_event* event) {
  int64_t items = 0;
  const stoa_sink sink = {&items, count};
  stoa_answer answer = {.struct_size = sizeof answer, .kind = STOA_ANSWER_REPLY};
  struct veteran* me = instance;
  me->size = 0;
  if (event->index == kMirror) mirror(event);
  if (event->index == kTour) {
    tour_connection(me->host, &sink);
    tour_messages(me->host);
    tour_store(me->host, &sink);
    tour_rest(me->host);
  }
  answer.body.data = me->text;
  answer.body.size = me->size;
  return me->host->answer(me->host, event->reply, &answer);
}

const stoa_plugin_descriptor* stoa_plugin_entry(uint32_t host_abi_major, uint32_t host_abi_minor) {
  static const stoa_plugin_descriptor descriptor = {
      .magic = STOA_MAGIC,
      .struct_size = sizeof descriptor,
      .abi_major = STOA_ABI_MAJOR,
      .abi_minor = STOA_ABI_MINOR,
      .name = "veteran",
      .version = "1.0.0",
      .handles = STOA_HANDLES(STOA_EVENT_MESSAGE),
      .event_count = 2,
      .events = kEvents,
      .create = create,
      .destroy = destroy,
      .handle = handle,
  };
  (void)host_abi_minor;
  return host_abi_major == STOA_ABI_MAJOR ? &descriptor : NULL;
}
