// Teaches: rooms, sending to others, structs as JSON, a store for each connection. It is what all
// versions of chat do; v1.cpp and v2.cpp are the versions, and teach how one follows the other.
//
//   message  goes to the room it was sent in, except to its sender; with the config
//            `include_sender = true` to the sender too
//   name     sets the name under which others see the sender
//   who      replies who is in the room, or in the namespace: [{"id": ..., "name": ...}, ...]
//   notice   is sent to the others of a room when somebody joined or left:
//            {"kind": "joined", "id": ..., "name": ...}
#pragma once

#include <stoa/plugin.hpp>
#include <string>
#include <unordered_map>
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

 protected:
  template <class Version>
  static void handlers(stoa::Handlers<Version>& on) {
    on.joined(&Chat::joined);
    on.left(&Chat::left);
    on.disconnect(&Chat::disconnect);
    on("message", &Chat::message);
    on("name", [](stoa::Member from, stoa::Message msg) { from.store().set("name", msg); });
    on("who", &Chat::who);
    on.export_all([](Version& chat) { return stoa::State(1, chat.said_by_gone_); });
    on.exported_all([](Version& chat) { chat.said_by_gone_ = 0; });
    on.import_all(&Chat::import_all);
    on.attach([](Version& chat, stoa::Member member) { chat.said_[member.number()] = 0; });
  }

  // Who reads what this one says in the room.
  stoa::Audience readers(std::string_view where, const stoa::Member& from) {
    return include_sender_ ? room(where) : room(where).except(from);
  }

  // Under the name it chose, else that of its user, else its id.
  static Person person(const stoa::Member& member) {
    const std::string id = member.id();
    const std::string user = member.user();
    return {id, member.store().get("name").value_or(user.empty() ? id : user)};
  }

  [[nodiscard]] uint64_t total() const {
    uint64_t sum = said_by_gone_;
    for (const auto& [member, said] : said_) sum += said;
    return sum;
  }

  void disconnect(stoa::Member gone) {
    said_by_gone_ += said_[gone.number()];
    said_.erase(gone.number());
  }

  // The answer to a state that only a newer version can read.
  static stoa::Result too_new(const stoa::State& state, uint32_t newest) {
    return stoa::error("This is state of schema " + std::to_string(state.schema) +
                       ", and this version of chat reads up to schema " + std::to_string(newest) +
                       ": move to a newer one.");
  }

  // How many messages each of our members has said, and those who are gone. All versions see the
  // same store, but these are in memory: they must be handed over, the former with each member. A
  // process that fails hands over nothing: who is there is counted anew.
  std::unordered_map<stoa_connection, uint64_t> said_;
  uint64_t said_by_gone_ = 0;

 private:
  void joined(stoa::Member member, stoa::Event in) { notify("joined", member, in.room); }
  void left(stoa::Member member, stoa::Event from) { notify("left", member, from.room); }

  stoa::Result message(stoa::Member from, stoa::Message msg) {
    if (msg.room.empty()) return stoa::kBadRoom;
    ++said_[from.number()];
    readers(msg.room, from).emit("message", msg);
    return {};
  }

  std::vector<Person> who(stoa::Message msg) {
    std::vector<Person> present;
    for (const auto& member : (msg.room.empty() ? everyone() : room(msg.room)).members()) {
      present.push_back(person(member));
    }
    return present;
  }

  // Adds, for members of this version may have gone before.
  stoa::Result import_all(const stoa::State& state) {
    if (state.schema > 1) return too_new(state, 1);
    if (state.schema == 1) said_by_gone_ += state.as<uint64_t>();
    return {};
  }

  void notify(const char* kind, const stoa::Member& whose, std::string_view where) {
    const auto [id, name] = person(whose);
    room(where).except(whose).emit("notice", Notice{kind, id, name});
  }

  const bool include_sender_;
};
