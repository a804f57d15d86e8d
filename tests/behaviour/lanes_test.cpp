// Where plugins run: on threads of their own, on the loops, and from one to the other.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "handover.h"

namespace stoa::behaviour {
namespace {

// How often each thread of a process went to sleep so far.
std::map<std::string, uint64_t> sleeps_of(pid_t pid) {
  std::map<std::string, uint64_t> sleeps;
  for (const auto& thread :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::ifstream file(thread.path() / "status");
    for (std::string word; file >> word;) {
      if (word == "voluntary_ctxt_switches:") file >> sleeps[thread.path().filename()];
    }
  }
  return sleeps;
}

class Lanes : public Handover {
 protected:
  void run_on(const char* where) { departure = usual_ + "\nrun = \"" + where + "\""; }

  // How much waits for all versions of "way".
  uint64_t queued() {
    const Json status = Json::parse(ctl({"--json", "status"}));
    uint64_t sum = 0;
    for (const Json& ns : status.at("namespaces")) {
      if (ns.at("name") != "way") continue;
      for (const Json& version : ns.at("versions")) sum += version.at("queued").get<uint64_t>();
    }
    return sum;
  }
  void wait_until_full() {
    while (queued() < 10'000) continue;  // the test's own time limit ends this
  }

 private:
  const std::string usual_ = departure;
};
STOA_WITH_WORKERS(Lanes);

TEST_P(Lanes, APluginThatBlocksHoldsUpItsOwnNamespaceOnly) {
  run_on("thread");
  FifoGate& stand = gate(config_of_v1, "stand_gate");
  auto ann = client();
  kit::Place way = ann->connect("way");
  way.emit("stand");
  wait_for_log("1 standing");
  // The same connection, and one that comes now.
  EXPECT_EQ(ann->connect("aside").ask("version"), "1.0.0");
  auto bob = client();
  EXPECT_EQ(bob->connect("aside").ask("version"), "1.0.0");
  Promised late;
  (*ann)->ask({.ns = "way", .event = "version"}, kit::kPatience, keep(late));
  stand.let_through();
  EXPECT_EQ(late.get_future().get().body, "1.0.0");
}

// What waits for a plugin that blocks is answered when the time for asks is over.
TEST_P(Lanes, WhoWaitsTooLongIsTold) {
  run_on("thread");
  departure += "\nask_timeout_ms = 200";
  FifoGate& stand = gate(config_of_v1, "stand_gate");
  auto ann = client();
  kit::Place way = ann->connect("way");
  way.emit("stand");
  wait_for_log("1 standing");
  EXPECT_EQ(way.try_ask("version").body, "handler unavailable");
  stand.let_through();
  EXPECT_EQ(way.ask("version"), "1.0.0");
}

// Who sends more than its lane holds is not read until there is room, and loses nothing.
TEST_P(Lanes, AFloodIsPushedBack) {
  constexpr uint64_t kFlood = 40'000;
  // Beyond the bound comes what was read before the loop heard of it, from a buffer of the kernel.
  constexpr uint64_t kHeld = kFlood / 2;
  run_on("thread");
  FifoGate& stand = gate(config_of_v1, "stand_gate");
  auto ann = client();
  kit::Place way = ann->connect("way");
  way.emit("stand");
  wait_for_log("1 standing");
  for (uint64_t i = 1; i <= kFlood; ++i) way.emit("seq", std::to_string(i));
  wait_until_full();
  EXPECT_LE(queued(), kHeld);
  auto bob = client();
  EXPECT_EQ(bob->connect("aside").ask("version"), "1.0.0");
  EXPECT_LE(queued(), kHeld);
  stand.let_through();
  EXPECT_EQ(way.ask("seq", std::to_string(kFlood + 1)), std::to_string(kFlood + 1));
}

TEST_P(Lanes, ARollbackDoesNotNeedAPluginThatBlocks) {
  run_on("thread");
  more = "[rollout]\nstage_timeout_ms = 3000\n";
  FifoGate& stand = gate(config_of_v2, "stand_gate");
  auto ann = client();
  kit::Place way = ann->connect("way");
  const std::string told = roll_back_past(stand, way);
  EXPECT_NE(told.find("waited too long for plugin/pilgrim to answer"), std::string::npos) << told;
}

// Members go along, with what their plugin knows of them, and lose nothing that they say meanwhile.
TEST_P(Lanes, MembersMoveFromPlaceToPlace) {
  run_on("loop");
  auto ann = client();
  kit::Place way = ann->connect("way");
  int last = 0;
  for (const char* const where : {"thread", "loop", "process", "thread", "process", "loop"}) {
    run_on(where);
    write_manifest(manifest_text());
    for (int i = 0; i < 50; ++i) way.emit("seq", std::to_string(++last));
    auto reload = begin({"reload"});
    for (int i = 0; i < 50; ++i) way.emit("seq", std::to_string(++last));
    see_through(*reload);
    ++last;
    EXPECT_EQ(way.ask("seq", std::to_string(last)), std::to_string(last));
    EXPECT_EQ(way.ask("total"), std::to_string(last));
  }
}

// And nobody else: those who roll out, who wait for members to leave, sleep on.
TEST_P(Lanes, AnAskWakesTheLoopAndThePluginsThread) {
  constexpr uint64_t kAsks = 300;
  run_on("thread");
  auto ann = client();
  kit::Place way = ann->connect("way");
  way.ask("version");
  const auto before = sleeps_of(server().pid());
  for (uint64_t i = 0; i < kAsks; ++i) way.ask("version");
  const auto woken = std::ranges::count_if(sleeps_of(server().pid()), [&](const auto& thread) {
    const auto then = before.find(thread.first);
    return then != before.end() && thread.second - then->second > kAsks / 2;
  });
  EXPECT_LE(woken, 2);
}

TEST_P(Lanes, AnotherPlaceThanThereIsIsRefused) {
  client();
  run_on("moon");
  write_manifest(manifest_text());
  const auto reload = begin({"reload"});
  EXPECT_EQ(reload->wait_exit(), 1);
  EXPECT_NE(reload->log().find("found \"moon\", want \"loop\", \"thread\" or \"process\""),
            std::string::npos)
      << reload->log();
}

}  // namespace
}  // namespace stoa::behaviour
