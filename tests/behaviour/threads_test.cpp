// A plugin on several threads.
#include <gtest/gtest.h>

#include <deque>

#include "handover.h"
#include "rollout.h"

namespace stoa::behaviour {
namespace {

std::string on_threads(int threads, const std::string& more = {}) {
  return served("room", "chorus",
                "run = \"thread\"\nthreads = " + std::to_string(threads) + "\n" + more);
}

// A member whose answers a test gives when it likes.
struct RawMember {
  explicit RawMember(uint16_t port) : socket(port) {
    socket.acknowledge();
    socket.send_text("$1;room;;_OnNamespaceConnect;0;0;");
    socket.receive_message();
  }

  // The next message of this event.
  std::string receive_of(const std::string& event) {
    for (;;) {
      std::string message = socket.receive_message();
      if (message.empty() || message.find(";" + event + ";") != std::string::npos) return message;
    }
  }
  // To its question. The server has taken it when this returns.
  void answer() {
    socket.send_text(question + "here");
    socket.send(kit::RawFrame{.opcode = 0x9}.bytes());
    while (socket.receive_frame().value_or(kit::ServerFrame{.opcode = 0xA}).opcode != 0xA) continue;
  }

  kit::RawSocket socket;
  std::string question;
};

TEST(Threads, HandleSeveralConnectionsAtATime) {
  RollingServer rolling({.namespaces = on_threads(4)});
  std::deque<Guest> guests;
  for (int i = 0; i < 8; ++i) guests.emplace_back(rolling.url());
  std::vector<Promised> answers(guests.size());
  for (std::size_t i = 0; i < guests.size(); ++i) {
    guests[i].client->ask({.ns = "room", .event = "meet"}, kit::kPatience, keep(answers[i]));
  }
  for (Promised& one : answers) EXPECT_EQ(one.get_future().get().body, "");
}

TEST(Threads, KeepTheOrderOfEachConnection) {
  RollingServer rolling({.namespaces = on_threads(4)});
  std::deque<Guest> guests;
  for (int i = 0; i < 6; ++i) guests.emplace_back(rolling.url());
  for (int number = 1; number <= 200; ++number) {
    for (Guest& one : guests) one.place.emit("seq", std::to_string(number));
  }
  for (Guest& one : guests) EXPECT_EQ(one.ask("seq", "201"), "201");
  EXPECT_EQ(guests.front().ask("total"), std::to_string(6 * 201));
}

TEST(Threads, StandStillForWhatConcernsTheWholeNamespace) {
  RollingServer rolling({.namespaces = on_threads(4)});
  std::deque<Guest> guests;
  for (int i = 0; i < 6; ++i) guests.emplace_back(rolling.url());
  for (int config = 1; config <= 5; ++config) {
    for (int i = 1; i <= 100; ++i) {
      for (Guest& one : guests) one.place.emit("seq", std::to_string(100 * (config - 1) + i));
    }
    const kit::Json done =
        rolling.reload(on_threads(4, "config = { number = " + std::to_string(config) + " }\n"));
    EXPECT_EQ(done["text"], "room v1 reconfigured");
  }
  for (Guest& one : guests) EXPECT_EQ(one.ask("seq", "501"), "501");
}

// The end of an ask of all comes behind each of its answers, also of one that a thread is late
// with.
TEST(Threads, HearTheEndOfAnAskLast) {
  RollingServer rolling({.namespaces = on_threads(2), .workers = 1});
  const kit::TemporaryFolder folder;
  const std::string gate = folder.path() / "gate";
  const FifoGate held(gate);
  std::deque<RawMember> company;
  for (int i = 0; i < 4; ++i) company.emplace_back(rolling.server().port());
  for (RawMember& late : company) {
    company.front().socket.send_text("$9;room;;poll;0;0;");
    for (RawMember& one : company) one.question = one.receive_of("question");
    for (RawMember& one : company) {
      if (&one != &late) one.answer();
    }
    late.socket.send_text(";room;;hold;0;0;" + gate);
    late.answer();
    held.let_through();
    EXPECT_EQ(company.front().receive_of("poll"), "$9;room;;poll;0;0;4");
  }
}

TEST(Threads, MayBecomeMoreOrFewer) {
  RollingServer rolling({.namespaces = on_threads(1)});
  Guest alice(rolling.url());
  for (const int threads : {3, 2, 1}) {
    EXPECT_EQ(rolling.reload(on_threads(threads))["text"], "room v1 moved");
    EXPECT_EQ(alice.ask("seq", "1"), "1");  // a new instance
  }
  EXPECT_EQ(alice.story(), kUndisturbed);
}

TEST(Threads, AreNotForPluginsThatHandleOneEventAtATime) {
  RollingServer rolling({.namespaces = on_threads(2)});
  const std::string why =
      rolling.refusal(served("room", "stateless_1", "run = \"thread\"\nthreads = 2"));
  EXPECT_NE(why.find("handles one event at a time, but 2 threads are wanted"), std::string::npos)
      << why;
}

}  // namespace
}  // namespace stoa::behaviour
