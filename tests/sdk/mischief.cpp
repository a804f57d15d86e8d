// A plugin for tests: handlers that throw, answers that come late or never, threads.
#include <map>
#include <optional>
#include <stdexcept>
#include <stoa/plugin.hpp>
#include <thread>

using namespace std::chrono_literals;

class Mischief : public stoa::Plugin {
 public:
  explicit Mischief(const stoa::Setup& setup) : Plugin(setup) {
    if (config().has("throw")) throw std::runtime_error("The constructor threw.");
    if (config().has("throw_number")) throw 17;
  }

  ~Mischief() {
    if (thread_.joinable()) thread_.join();
  }

  static void handlers(stoa::Handlers<Mischief>& on) {
    on("throw", []() -> stoa::Result { throw std::runtime_error("secret"); });
    on("throw number", [] { throw 17; });
    on("throw error", [] { throw stoa::kBadRoom; });
    on("parse", [](const std::map<std::string, int>& body) { return body.size(); });
    on("throw later", [](Mischief& self) { self.after(1ms, [] { throw std::bad_alloc(); }); });

    on("keep", [](Mischief& self, stoa::Message msg) { self.kept_ = msg.later(); });
    on("answer", [](Mischief& self, stoa::Message msg) { self.kept_->reply(msg.body); });
    on("drop", [](Mischief& self) { self.kept_.reset(); });
    on("keep and throw", [](Mischief& self, stoa::Message msg) {
      self.kept_ = msg.later();
      throw std::runtime_error("secret");
    });
    on("keep and answer", [](Mischief& self, stoa::Message msg) {
      self.kept_ = msg.later();
      return stoa::reply("at once");
    });
    on("answer twice", [](stoa::Message msg) {
      const stoa::Later later = msg.later();
      const bool first = later.reply("one") == stoa::Status::kOk;
      const bool second = later.reply("two") == stoa::Status::kStale;
      if (!first || !second) throw std::logic_error("the second answer counted");
    });
    on("promise nothing", [] { return stoa::pending(); });

    on("count", [](Mischief& self) { return ++self.counted_; });
    on("post", &Mischief::post_from_threads);
    on("answer from thread", &Mischief::answer_from_thread);
  }

 private:
  // From two threads, with nothing between them that would put the one before the other.
  void post_from_threads() {
    const auto count = [this] { ++counted_; };
    thread_ = std::thread([this, count] {
      for (int i = 0; i < 50; ++i) post(count);
    });
    for (int i = 0; i < 50; ++i) post(count);
  }

  stoa::Result answer_from_thread(stoa::Message msg) {
    thread_ = std::thread([later = msg.later()] { later.reply("from afar"); });
    return stoa::pending();
  }

  std::optional<stoa::Later> kept_;
  int counted_ = 0;
  std::thread thread_;
};

STOA_PLUGIN(Mischief, "mischief", "1.0.0")
