// Teaches: rooms, sending to others, structs as JSON, a store for each connection.
//
//   message  goes to the room it was sent in, except to its sender; with the config
//            `include_sender = true` to the sender too
//   name     sets the name under which others see the sender
//   who      replies who is in the room, or in the namespace: [{"id": ..., "name": ...}, ...]
//   notice   is sent to the others of a room when somebody joined or left:
//            {"kind": "joined", "id": ..., "name": ...}
#include <stoa/plugin.hpp>
#include <string>
#include <vector>

struct Person {
  std::string id;
  std::string name;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Person, id, name)

struct Notice {
  std::string kind;
  std::string id;
  std::string name;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Notice, kind, id, name)

class Chat : public stoa::Plugin {
 public:
  explicit Chat(const stoa::Setup& setup)
      : Plugin(setup), include_sender_(config().get("include_sender", false)) {
    config().only({"include_sender"});
  }

  static void handlers(stoa::Handlers<Chat>& on) {
    on.joined(&Chat::joined);
    on.left(&Chat::left);
    on("message", &Chat::message);
    on("name", [](stoa::Member from, stoa::Message msg) { from.store().set("name", msg); });
    on("who", &Chat::who);
  }

 private:
  void joined(stoa::Member member, stoa::Event in) { notify("joined", member, in.room); }
  void left(stoa::Member member, stoa::Event from) { notify("left", member, from.room); }

  stoa::Result message(stoa::Member from, stoa::Message msg) {
    if (msg.room.empty()) return stoa::kBadRoom;
    stoa::Audience readers = room(msg.room);
    if (!include_sender_) readers = readers.except(from);
    readers.emit("message", msg);
    return {};
  }

  std::vector<Person> who(stoa::Message msg) {
    std::vector<Person> present;
    for (const auto& member : (msg.room.empty() ? everyone() : room(msg.room)).members()) {
      present.push_back(person(member));
    }
    return present;
  }

  void notify(const char* kind, const stoa::Member& whose, std::string_view where) {
    const auto [id, name] = person(whose);
    room(where).except(whose).emit("notice", Notice{kind, id, name});
  }

  // Under the name it chose, else that of its user, else its id.
  static Person person(const stoa::Member& member) {
    const std::string id = member.id();
    const std::string user = member.user();
    return {id, member.store().get("name").value_or(user.empty() ? id : user)};
  }

  const bool include_sender_;
};

STOA_PLUGIN(Chat, "chat", "1.0.0")
