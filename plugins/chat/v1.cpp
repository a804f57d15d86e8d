// Teaches: how a member passes to another version of a plugin, and back, while it stays connected.
// To what is in chat.h it adds:
//
//   stats  replies how many messages the sender has said, and all: {"said": 2, "total": 17}
//
// Of a member passes, as schema 1, how many messages it has said: a JSON number.
#include "chat.h"

struct Stats {
  uint64_t said = 0;
  uint64_t total = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Stats, said, total)

class Chat1 : public Chat {
 public:
  using Chat::Chat;

  static void handlers(stoa::Handlers<Chat1>& on) {
    Chat::handlers(on);
    on("stats", &Chat1::stats);
    on.export_member(&Chat1::export_member);
    on.exported(&Chat1::exported);
    on.import_member(&Chat1::import_member);
  }

 private:
  Stats stats(stoa::Member member) { return {said_[member.number()], total()}; }

  // Forgets nothing yet: the other version may refuse the member, and then it stays here.
  stoa::State export_member(stoa::Member member) { return {1, said_[member.number()]}; }

  void exported(stoa::Member member) { said_.erase(member.number()); }

  stoa::Result import_member(stoa::Member member, const stoa::State& state) {
    if (state.schema > 1) return too_new(state, 1);
    said_[member.number()] = state.schema == 0 ? 0 : state.as<uint64_t>();
    return {};
  }
};

STOA_PLUGIN(Chat1, "chat", "1.0.0")
