// A plugin for tests: it passes members and the namespace to another version, and takes them over.
#include <map>
#include <optional>
#include <stdexcept>
#include <stoa/plugin.hpp>
#include <string>

namespace {

struct Known {
  std::string name;
  int said = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Known, name, said)

}  // namespace

class Handover : public stoa::Plugin {
 public:
  using Plugin::Plugin;

  static void handlers(stoa::Handlers<Handover>& on) {
    on.self_test(&Handover::test);
    on.export_member(&Handover::give);
    on.export_all([](Handover& self) { return stoa::State(3, self.topic_); });
    on.exported([](Handover& self, stoa::Member who) { self.known_.erase(who.number()); });
    on.exported_all([](Handover& self) { self.topic_.clear(); });
    on.import_member(&Handover::take);
    on.import_all([](Handover& self, const stoa::State& state) { self.topic_ = state.body; });
    on.judge(&Handover::judge);
    on.attach(&Handover::attach);
    on("topic", [](Handover& self) { return self.topic_; });
    on("known", [](Handover& self) { return self.known_; });
    on("answer", [](Handover& self, Known known) { self.kept_->answer(stoa::State(1, known)); });
    on.any([] { return stoa::reply("the wildcard"); });
  }

 private:
  stoa::Result test(stoa::Event event) {
    const std::string plan = config().get("self_test", "content");
    if (plan == "error") return stoa::error("the disk is full");
    if (plan == "throw") throw std::runtime_error("no disk at all");
    if (plan == "later") event.later().error("it took a while");
    return {};
  }

  // As the config says.
  stoa::Result give(stoa::Member who, stoa::Event event) {
    const std::string plan = config().get("export", "value");
    if (plan == "error") return stoa::error("busy");
    if (plan == "throw") throw std::runtime_error("secret");
    if (plan == "nothing") return stoa::State();
    if (plan == "bytes") return stoa::State(7, stoa::Binary("\xff"));
    if (plan == "reply") return stoa::reply("what is this?");
    if (plan == "later") {
      kept_ = event.later();
      return stoa::pending();
    }
    return stoa::State(2, known_[who.number()]);
  }

  stoa::Result take(stoa::Member who, const stoa::State& state) {
    if (state.schema > 2) return stoa::error("I know schemas up to 2.");
    known_[who.number()] = state.schema == 0 ? Known{"new", 0} : state.as<Known>();
    return {};
  }

  stoa::Result judge(stoa::Member who) {
    if (who.user() == "mallory") return stoa::error("no longer welcome");
    return {};
  }

  // As what its store and its rooms say.
  void attach(stoa::Member who, const stoa::Attached& has) {
    const auto name = has.store().find("name");
    std::string known(name == has.store().end() ? "nobody" : name->second);
    for (const std::string_view room : has.rooms()) (known += " ") += room;
    for (const std::string_view key : has.left_out()) (known += " without ") += key;
    known_[who.number()] = {known, static_cast<int>(has.rooms().size())};
  }

  std::string topic_ = "weather";
  std::map<stoa_connection, Known> known_;
  std::optional<stoa::Later> kept_;
};

STOA_PLUGIN(Handover, "handover", "1.0.0")
