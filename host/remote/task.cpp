#include "remote/task.h"

namespace stoa::remote {

namespace {

void write(Writer& to, const std::optional<User>& user) {
  to.number(uint8_t{user.has_value()});
  if (!user) return;
  to.bytes(user->name).number(user->uid).number(user->gid);
  to.number(static_cast<uint32_t>(user->groups.size()));
  for (const uint32_t group : user->groups) to.number(group);
}

std::optional<User> read_user(Reader& from) {
  if (from.number<uint8_t>() == 0) return std::nullopt;
  User user{.name = std::string(from.view()),
            .uid = from.number<uint32_t>(),
            .gid = from.number<uint32_t>(),
            .groups = {}};
  user.groups.resize(from.count(sizeof(uint32_t)));
  for (uint32_t& group : user.groups) group = from.number<uint32_t>();
  return user;
}

}  // namespace

void write(std::string& buffer, const Task& task) {
  const Confinement& limits = task.confinement;
  Writer to(buffer, Kind::kCreate);
  to.bytes(task.ns).bytes(task.version).bytes(task.config_json);
  write(to, limits.user);
  to.number(limits.no_new_privileges).number(limits.seccomp).number(limits.network);
  to.number(limits.memory_bytes).number(limits.cpu_seconds).number(limits.open_files);
  to.number(limits.threads).number(limits.nice).number(limits.core);
  to.number(task.describe);
}

Task read_task(const Record& record) {
  Reader from(record);
  if (record.kind != Kind::kCreate) throw Nonsense("the first record is no task");
  Task task{.ns = std::string(from.view()),
            .version = std::string(from.view()),
            .config_json = std::string(from.view()),
            .confinement = {},
            .describe = false};
  task.confinement = {.user = read_user(from),
                      .no_new_privileges = from.number<bool>(),
                      .seccomp = from.number<bool>(),
                      .network = from.number<bool>(),
                      .memory_bytes = from.number<uint64_t>(),
                      .cpu_seconds = from.number<uint64_t>(),
                      .open_files = from.number<uint64_t>(),
                      .threads = from.number<uint64_t>(),
                      .nice = from.number<int32_t>(),
                      .core = from.number<bool>()};
  task.describe = from.number<bool>();
  from.end();
  return task;
}

}  // namespace stoa::remote
