// Teaches: a version that knows more than the one before, takes over its members, and can give them
// back. To what is in chat.h it adds:
//
//   react     takes {"to": "<id of a message>", "emoji": ...}, in a room
//   reaction  is sent to those who read the sender: {"id": ..., "name": ..., "to": ..., "emoji":
//   ...} stats     replies the sender's reactions too: {"said": 2, "total": 17, "reactions": 1}
//
// Of a member passes, as schema 2, {"said": 2, "reactions": 1}; or, as long as it has not reacted,
// what version 1 can read: schema 1.
#include "chat.h"

struct React {
  std::string to;
  std::string emoji;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(React, to, emoji)

struct Reaction {
  std::string id;
  std::string name;
  std::string to;
  std::string emoji;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Reaction, id, name, to, emoji)

struct Stats {
  uint64_t said = 0;
  uint64_t total = 0;
  uint64_t reactions = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Stats, said, total, reactions)

struct Known {
  uint64_t said = 0;
  uint64_t reactions = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Known, said, reactions)

class Chat2 : public Chat {
 public:
  using Chat::Chat;

  static void handlers(stoa::Handlers<Chat2>& on) {
    Chat::handlers(on);
    on("react", &Chat2::react);
    on("stats", &Chat2::stats);
    on.disconnect(&Chat2::disconnect);
    on.export_member(&Chat2::export_member);
    on.exported(&Chat2::exported);
    on.import_member(&Chat2::import_member);
  }

 private:
  stoa::Result react(stoa::Member from, stoa::Event in, const React& what) {
    if (in.room.empty()) return stoa::kBadRoom;
    ++reactions_[from.number()];
    const auto [id, name] = person(from);
    readers(in.room, from).emit("reaction", Reaction{id, name, what.to, what.emoji});
    return {};
  }

  Stats stats(stoa::Member member) {
    return {said_[member.number()], total(), reactions_[member.number()]};
  }

  void disconnect(stoa::Member member) {
    Chat::disconnect(member);
    reactions_.erase(member.number());
  }

  stoa::State export_member(stoa::Member member) {
    const Known known{said_[member.number()], reactions_[member.number()]};
    if (known.reactions == 0) return {1, known.said};
    return {2, known};
  }

  void exported(stoa::Member member) {
    said_.erase(member.number());
    reactions_.erase(member.number());
  }

  stoa::Result import_member(stoa::Member member, const stoa::State& state) {
    if (state.schema > 2) return too_new(state, 2);
    Known known;
    if (state.schema == 1) known.said = state.as<uint64_t>();
    if (state.schema == 2) known = state.as<Known>();
    said_[member.number()] = known.said;
    reactions_[member.number()] = known.reactions;
    return {};
  }

  std::unordered_map<stoa_connection, uint64_t> reactions_;
};

STOA_PLUGIN(Chat2, "chat", "2.0.0")
