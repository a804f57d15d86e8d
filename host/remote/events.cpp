#include "remote/events.h"

namespace stoa::remote {

void write(std::string& buffer, const stoa_event& event) {
  Writer to(buffer, Kind::kEvent);
  to.number(event.kind).number(event.flags).number(event.by).number(event.index);
  to.number(event.status).number(event.connection).number(event.reply).number(event.cookie);
  to.bytes(event.room).bytes(event.event).bytes(event.body);
}

stoa_event read_event(const Record& record) {
  Reader from(record);
  stoa_event event{};
  event.struct_size = sizeof event;
  event.kind = from.number<uint32_t>();
  event.flags = from.number<uint32_t>();
  event.by = from.number<uint32_t>();
  event.index = from.number<uint32_t>();
  event.status = from.number<int32_t>();
  event.connection = from.number<stoa_connection>();
  event.reply = from.number<stoa_reply>();
  event.cookie = from.number<uint64_t>();
  event.room = from.bytes();
  event.event = from.bytes();
  event.body = from.bytes();
  from.end();
  return event;
}

}  // namespace stoa::remote
