// A plugin for tests: each event makes the layer call the host in one way.
#include <stdexcept>
#include <stoa/plugin.hpp>

using namespace std::chrono_literals;

namespace {

struct Point {
  int x = 0;
  int y = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Point, x, y)

std::string outcome(const stoa::Answer& answer) {
  return std::to_string(static_cast<int>(answer.status)) + " " + answer.body;
}

}  // namespace

class EveryCall : public stoa::Plugin {
 public:
  using Plugin::Plugin;

  static void handlers(stoa::Handlers<EveryCall>& on) {
    sending(on);
    asking(on);
    membership(on);
    knowing(on);
    storing(on);
    telling(on);
    answering(on);
    lifecycle(on);
  }

 private:
  using On = stoa::Handlers<EveryCall>;

  static void sending(On& on) {
    on("emit", [](stoa::Member to) {
      to.emit("bare");
      to.emit("text", "hi");
      to.emit("bytes", stoa::Binary("\xff"));
      to.emit("json", Point{1, 2});
      to.emit("list", std::vector<int>{1, 2});
      to.in("lobby").emit("text", "hi");
      to.emit_native("raw");
    });
    on("emit to many", [](EveryCall& self, stoa::Member one) {
      self.everyone().emit("text", "hi");
      self.everyone().except(one).emit("text", "hi");
      self.room("lobby").emit("text", "hi");
      self.room("lobby").only("id-6").emit("text", "hi");
      self.everyone().emit_native(stoa::Binary("raw"));
    });
    on("prepare", [](EveryCall& self, stoa::Member one) {
      const stoa::Prepared first = self.everyone().prepare("text", "hi");
      stoa::Prepared kept = self.room("lobby").prepare("json", Point{1, 2});
      const stoa::Prepared moved = std::move(kept);
      one.emit(first);
      self.everyone().except(one).emit(first);
      self.room("lobby").emit(moved);
      one.in("lobby").emit(moved);
    });
    on("forward", [](EveryCall& self, stoa::Message msg) { self.everyone().emit("again", msg); });
  }

  static void asking(On& on) {
    on("ask", [](stoa::Member one, stoa::Message msg) {
      one.ask("ready?", Point{1, 2}, 5s, [later = msg.later()](const stoa::Answer& answer) {
        later.reply(outcome(answer) + (answer.error() == stoa::kBadRoom ? " (known)" : ""));
      });
    });
    on("ask any", [](EveryCall& self, stoa::Message msg) {
      self.room("lobby").ask_any(
          "ready?", "", 0s,
          [later = msg.later()](const stoa::Answer& answer) { later.reply(answer.as<Point>().x); });
    });
    on("ask all", [](EveryCall& self, stoa::Message msg) {
      const auto done = [later = msg.later()](const std::vector<stoa::Answer>& answers) {
        std::vector<std::string> said;
        said.reserve(answers.size());
        for (const stoa::Answer& answer : answers) {
          said.push_back(std::to_string(answer.from.number()) + ": " + outcome(answer));
        }
        later.reply(said);
      };
      self.everyone().ask_all("ready?", "", 2h, done);
    });
  }

  static void membership(On& on) {
    on("server acts", [](stoa::Member one) {
      one.connect();
      one.connect_to("other");
      one.disconnect();
      one.disconnect_from("other");
      one.disconnect_all();
      one.join("lobby");
      one.leave("lobby");
      one.close(4001, "enough");
    });
    on("join and tell", [](stoa::Member one, stoa::Message msg) {
      one.join("lobby", [later = msg.later()](const stoa::Answer& a) { later.reply(outcome(a)); });
    });
  }

  static void knowing(On& on) {
    on("facts", [](stoa::Connection one) {
      return one.id() + "," + one.user() + "," + one.address() + "," + one.path() + "," +
             one.header("X-A").value_or("none") + "," + one.query("a").value_or("none") + "," +
             std::to_string(one.reconnects()) + "," + std::to_string(one.namespaces().size()) +
             "," + std::to_string(one.rooms().size());
    });
    on("members", [](EveryCall& self, stoa::Message msg) {
      std::vector<stoa_connection> numbers;
      for (const stoa::Member& one : self.room(msg.body).members()) {
        numbers.push_back(one.number());
      }
      return numbers;
    });
    on("time", [](EveryCall& self) {
      return std::to_string(self.monotonic_time().count()) + " " +
             std::to_string(std::chrono::system_clock::to_time_t(self.wall_time()));
    });
    on("extension", [](EveryCall& self) {
      return self.extension<stoa_host>("known") == self.host() &&
             self.extension<stoa_host>("unknown") == nullptr;
    });
  }

  static void storing(On& on) {
    on("own store", [](stoa::Member one) {
      const stoa::Store store = one.store();
      store.set("text", "hi");
      store.set("point", Point{1, 2});
      store.add("number", 41);
      store.add("number");
      const bool typed = store.get<Point>("point")->y == 2 && !store.get<Point>("text");
      return store.get("text").value() + " " + (typed ? "typed " : "untyped ") +
             store.get("none").value_or("none");
    });
    on("shared store", [](EveryCall& self) {
      const stoa::Store store = self.store();
      const auto first = store.compare_and_set("leader", std::nullopt, "ada");
      const auto late = store.compare_and_set("leader", std::nullopt, "bob");
      const auto next = store.compare_and_set("leader", "ada", "bob");
      return first == stoa::Status::kOk && late == stoa::Status::kConflict &&
             next == stoa::Status::kOk && store.erase("leader") == stoa::Status::kOk &&
             store.erase("leader") == stoa::Status::kNotFound;
    });
  }

  static void telling(On& on) {
    on("log", [](EveryCall& self) {
      self.log().trace("a");
      self.log().debug("b");
      self.log().info("c", {{"room", "lobby"}, {"count", 17}, {"right", true}});
      self.log().warn("d");
      self.log().error("e");
    });
    on("numbers", [](EveryCall& self) {
      self.count("seen");
      self.count("bytes", 20);
      self.gauge("depth", 1.5);
    });
    on("timers", [](EveryCall& self) {
      const stoa::Timer timer = self.every(20ms, [] {});
      timer.stop();
      self.after(0ms, [] {});
      if (self.every(0ms, [] {})) throw std::logic_error("a timer without a period");
    });
  }

  static void answering(On& on) {
    on("text", [] { return "pong"; });
    on("value", [] { return Point{1, 2}; });
    on("nothing", [] {});
    on("bytes", [] { return stoa::reply_binary("\xff"); });
    on("error", [] { return stoa::error("no"); });
    on("known error", [] { return stoa::kBadRoom; });
    on("close", [] { return stoa::close(4000, "bye"); });
    on("swap", &EveryCall::swap);
    on("in any order", [](const Point& point, stoa::Message msg, EveryCall&, stoa::Member& from) {
      return std::to_string(point.x) + std::string(msg.room) + std::to_string(from.number());
    });
  }

  Point swap(Point point) const { return {point.y, point.x}; }

  static void lifecycle(On& on) {
    on.open([](stoa::Opening who) -> stoa::Result {
      who.set_id("id-5");
      who.set_user("ada");
      who.connect();
      return {};
    });
    on.close([](EveryCall& self, stoa::Connection who, stoa::Closed how) {
      self.log().info(how.reason, {{"who", who.number()}, {"code", how.code}});
    });
    on.connect([](stoa::Connection) { return stoa::deny("not today"); });
    on.disconnect([](stoa::Event what) -> stoa::Result {
      if (what.forced) return {};
      return stoa::deny(what.by == stoa::By::kClient ? "stay" : "stay all the same");
    });
    on.join([](stoa::Event what) { return stoa::deny("no " + std::string(what.room)); });
    on.any([](EveryCall& self, stoa::Message msg) {
      self.log().info("any", {{"event", msg.name}, {"room", msg.room}});
    });
    on.config([](const stoa::Config& config) -> stoa::Result {
      return config.get<int>("size") < 0 ? stoa::deny("too small") : stoa::Result();
    });
    on("size", [](EveryCall& self) { return self.config().get("size", 0); });
  }
};

STOA_PLUGIN(EveryCall, "every_call", "1.0.0")
