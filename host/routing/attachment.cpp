#include "routing/attachment.h"

#include <cstdint>
#include <string_view>

#include "remote/record.h"
#include "stoa/attached.h"

namespace stoa::routing {
namespace {

// A guest can be told of every member.
static_assert(2 * Limits::kMaxMemberState < remote::kMaxRecord);

void add_number(std::string& body, std::size_t number) {
  for (int shift = 0; shift < 32; shift += 8) body += static_cast<char>(number >> shift & 0xff);
}

void add(std::string& body, uint32_t kind, std::string_view key, std::string_view value) {
  add_number(body, kind);
  add_number(body, key.size());
  add_number(body, value.size());
  body.append(key).append(value);
}

}  // namespace

std::string attachment(const Membership& member, const Store* store, std::size_t limit) {
  std::string body;
  for (const Room* const room : member.rooms) add(body, STOA_ATTACHED_ROOM, room->name, {});
  if (!store) return body;
  store->each([&](std::string_view key, std::string_view value) {
    const std::size_t more = STOA_ATTACHED_HEAD + key.size() + value.size();
    const bool fits = body.size() + more <= limit;
    add(body, fits ? STOA_ATTACHED_VALUE : STOA_ATTACHED_KEY, key, fits ? value : "");
  });
  return body;
}

}  // namespace stoa::routing
