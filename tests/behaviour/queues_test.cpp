// What waits for a plugin that does not keep up, and what becomes of what is too much.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "handover.h"
#include "rollout.h"

namespace stoa::behaviour {
namespace {

class Queues : public Handover {
 protected:
  // A namespace whose plugin stands until the gate opens, and how its queue is.
  void stand_with(const std::string& queue) {
    departure += "\nrun = \"thread\"\nqueue = { " + queue + " }";
    stand_ = &gate(config_of_v1, "stand_gate");
    ann_ = client();
    way_ = std::make_unique<kit::Place>(ann_->connect("way"));
    way_->emit("stand");
    wait_for_log("1 standing");
  }
  void go_on() {
    stand_->let_through();
    while (v1().at("queued") != 0) continue;  // the test's own time limit ends this
  }
  Json v1() {
    const Json status = Json::parse(ctl({"--json", "status"}));
    for (const Json& ns : status.at("namespaces")) {
      if (ns.at("name") == "way") return ns.at("versions").at(0);
    }
    return {};
  }
  kit::Place& way() { return *way_; }
  // Asks so often at once; what came of each.
  std::vector<Promised> ask(std::size_t count, const std::string& body) {
    std::vector<Promised> answers(count);
    for (Promised& one : answers) {
      (*ann_)->ask({.ns = "way", .event = "say", .body = body}, kit::kPatience, keep(one));
    }
    return answers;
  }

 private:
  FifoGate* stand_ = nullptr;
  std::unique_ptr<kit::Client> ann_;
  std::unique_ptr<kit::Place> way_;
};
STOA_WITH_WORKERS(Queues);

constexpr char kBusy[] = "handler busy";

TEST_P(Queues, ThatRefuseTellEverySender) {
  stand_with("max_messages = 10, when_full = \"refuse\"");
  std::vector<Promised> answers = ask(20, "");
  // The one that stands counts.
  for (std::size_t i = 9; i < 20; ++i) EXPECT_EQ(answers[i].get_future().get().body, kBusy);
  EXPECT_EQ(v1().at("queued"), 10);
  EXPECT_EQ(v1().at("refused"), 11);
  go_on();
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NE(answers[i].get_future().get().body, kBusy);
  EXPECT_EQ(way().ask("version"), "1.0.0");
}

TEST_P(Queues, AreBoundedInBytesToo) {
  stand_with("max_bytes = 2000, when_full = \"refuse\"");
  std::vector<Promised> answers = ask(3, std::string(1200, 'x'));
  EXPECT_EQ(answers[2].get_future().get().body, kBusy);
  EXPECT_GE(v1().at("queued_bytes"), 2400);
  go_on();
  EXPECT_NE(answers[1].get_future().get().body, kBusy);
  EXPECT_EQ(v1().at("queued_bytes"), 0);
}

TEST_P(Queues, ThatDropTheNewestAnswerWhoAsks) {
  stand_with("max_messages = 10, when_full = \"drop_newest\"");
  for (int i = 1; i <= 20; ++i) way().emit("seq", std::to_string(i));
  EXPECT_EQ(way().try_ask("total").body, kBusy);
  EXPECT_EQ(v1().at("dropped"), 11);
  EXPECT_EQ(v1().at("refused"), 1);
  go_on();
  EXPECT_EQ(way().ask("total"), "9");
}

// Nothing is lost, and other connections are not held back.
TEST_P(Queues, ThatPushBackSayHowOften) {
  stand_with("max_messages = 10");
  for (int i = 1; i <= 20; ++i) way().emit("seq", std::to_string(i));
  while (v1().at("pushed_back") == 0) continue;  // the test's own time limit ends this
  auto bob = client();
  EXPECT_EQ(bob->connect("aside").ask("version"), "1.0.0");
  go_on();
  EXPECT_EQ(way().ask("total"), "20");
  EXPECT_EQ(v1().at("dropped"), 0);
  EXPECT_GT(v1().at("wait_p99_us"), 0);
}

TEST_P(Queues, GetOtherBoundsByAReload) {
  stand_with("max_messages = 10, when_full = \"drop_newest\"");
  for (int i = 1; i <= 20; ++i) way().emit("seq", std::to_string(i));
  while (v1().at("dropped") == 0) continue;  // the test's own time limit ends this
  const std::string before = manifest_text();
  std::string after = before;
  after.replace(after.find("max_messages = 10"), 17, "max_messages = 100");
  write_manifest(after);
  EXPECT_NE(ctl({"reload"}).find("queue"), std::string::npos);
  std::vector<Promised> answers = ask(1, "");
  go_on();
  EXPECT_NE(answers[0].get_future().get().body, kBusy);
}

// A plugin that goes on and on would otherwise fill the host's memory.
TEST(OwnEvents, OfAPluginAreBounded) {
  constexpr uint64_t kMost = 100'000 + 10'000;  // with the queue's own bound
  constexpr uint64_t kUnderWay = 10;            // what goes on meanwhile may be heard already
  for (const std::string run : {"loop", "thread", "process"}) {
    RollingServer rolling({.namespaces = served("room", "faulty_1", "run = \"" + run + "\"")});
    Guest alice(rolling.url());
    const uint64_t taken = std::stoull(alice.ask("flood", "200000"));
    const auto heard = [&] { return std::stoull(alice.ask("heard")); };
    // Of a process the host takes each word, and says in the log what became of it.
    if (run == "process") {
      EXPECT_EQ(taken, 200'000);
      rolling.control().wait_until([&] { return heard() >= kMost - kUnderWay; });
      EXPECT_TRUE(rolling.says("post")) << rolling.log();
    } else {
      EXPECT_GE(taken, kMost - kUnderWay) << run;
      EXPECT_LE(taken, kMost + kUnderWay) << run;
      rolling.control().wait_until([&] { return heard() == taken; });
    }
    EXPECT_EQ(alice.ask("version"), "1.0.0");
  }
}

}  // namespace
}  // namespace stoa::behaviour
