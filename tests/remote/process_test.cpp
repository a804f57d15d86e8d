// The life and death of a guest's process.
#include "kit/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>
#include <utility>

#include "guest.h"
#include "report/startup_error.h"

namespace stoa::testing {
namespace {

namespace fs = std::filesystem;

bool has_ended(int pidfd) {
  pollfd wait{pidfd, POLLIN, 0};
  return ::poll(&wait, 1, static_cast<int>(kit::kPatience.count())) == 1;
}

bool exists(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

TEST(GuestProcess, EndsCleanlyWhenItsInstanceIsDestroyed) {
  Guest guest(STOA_CAPTIVE);
  ASSERT_TRUE(guest.created()) << guest.complaint();
  const remote::End& end = guest.destroy();
  EXPECT_TRUE(end.clean) << end.text;
  EXPECT_TRUE(guest.said_goodbye());
  EXPECT_EQ(guest.nonsense(), "");
}

TEST(GuestProcess, HandlesWhatWasSentBeforeItIsDestroyed) {
  Guest guest(STOA_CAPTIVE);
  for (int i = 0; i < 10; ++i) guest.send({.event = "echo", .body = "x"});
  (void)guest.destroy();
  EXPECT_EQ(guest.handled(), 10u);
}

TEST(GuestProcess, OfAPluginThatRefusesSaysItsSentenceAndEnds) {
  Guest guest(STOA_CREATE_FAILS);
  EXPECT_FALSE(guest.created());
  EXPECT_EQ(
      guest.complaint(),
      "namespace \"here\": plugin create_fails 1.0.0 does not start: config needs \"tokens\"");
  EXPECT_TRUE(guest.end().clean);
}

TEST(GuestProcess, OfAFileThatIsNoPluginSaysSo) {
  remote::GuestProcess process(STOA_NO_PLUGIN);
  remote::Link link(process.take_channels());
  struct : remote::Listener {
    void created(int32_t result, std::string_view why) override {
      EXPECT_EQ(result, STOA_ERR_FAILED);
      complaint = why;
    }
    void handled(int32_t) override {}
    void answered(stoa_reply, const stoa_answer&) override {}
    void destroyed() override {}
    std::string complaint;
  } listener;
  link.create({.ns = "here", .version = "", .config_json = "{}", .confinement = {}});
  ASSERT_TRUE(link.flush());
  ASSERT_TRUE(has_ended(process.pidfd()));
  const RecordingHost host;
  while (link.receive(listener, host.table())) {
  }
  EXPECT_TRUE(listener.complaint.starts_with(
      "namespace \"here\": its plugin cannot be loaded in a process of its own: "))
      << listener.complaint;
}

TEST(GuestProcess, OfAFileThatIsNotThereIsAnError) {
  try {
    const remote::GuestProcess process("/nowhere.so");
    FAIL();
  } catch (const report::StartupError& error) {
    EXPECT_STREQ(
        error.what(),
        "cannot start a process for a plugin: cannot open \"/nowhere.so\": No such file or "
        "directory");
  }
}

TEST(GuestProcess, ThatAbortsSaysWhoItWas) {
  Guest guest(STOA_CAPTIVE);
  guest.send({.event = "abort"});
  const remote::End& end = guest.end();
  EXPECT_FALSE(end.clean);
  EXPECT_EQ(end.text, "SIGABRT");
  EXPECT_FALSE(end.dumped_core);
  EXPECT_TRUE(std::ranges::count(guest.printed(),
                                 "stoa: fatal SIGABRT in plugin captive 1.0.0, namespace \"here\", "
                                 "event message \"abort\""));
}

TEST(GuestProcess, ThatLeavesSaysItsExitCode) {
  Guest guest(STOA_CAPTIVE);
  guest.send({.event = "leave"});
  EXPECT_EQ(guest.end().text, "exit code 3");
}

TEST(GuestProcess, ThatNeverReturnsCanBeKilled) {
  Guest guest(STOA_CAPTIVE);
  guest.send({.event = "speak and spin"});
  ASSERT_TRUE(guest.serve_until([&] { return !guest.host.take_calls().empty(); }));
  const pid_t pid = guest.process.pid();
  guest.process.kill();
  EXPECT_TRUE(has_ended(guest.process.pidfd()));
  EXPECT_EQ(guest.end().text, "SIGKILL");
  EXPECT_FALSE(exists(pid)) << "a zombie";
  guest.process.kill();
}

TEST(GuestProcess, IsGoneWithItsObject) {
  pid_t pid = 0;
  {
    const Guest guest(STOA_CAPTIVE);
    pid = guest.process.pid();
    EXPECT_TRUE(exists(pid));
  }
  EXPECT_FALSE(exists(pid));
}

TEST(GuestProcess, OutlivesTheThreadThatStartedIt) {
  std::unique_ptr<Guest> guest;
  std::thread([&] { guest = std::make_unique<Guest>(STOA_CAPTIVE); }).join();
  EXPECT_EQ(guest->reply("echo", "still here"), "still here");
}

// Starts this program once more as a host (see main.cpp), and kills it.
void expect_gone_with_host(const std::string& event, const std::string& user) {
  kit::Process host({"/proc/self/exe", "host", event, user});
  const auto pid = host.wait_for_line("guest ");
  ASSERT_TRUE(pid) << host.log();
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, std::stoi(*pid), 0));
  ASSERT_GE(pidfd, 0);
  host.signal(SIGKILL);
  EXPECT_TRUE(has_ended(pidfd));
  ::close(pidfd);
}

TEST(GuestProcess, IsGoneWithItsHost) {
  expect_gone_with_host("echo", "");
}

TEST(GuestProcess, ThatNeverReturnsIsGoneWithItsHost) {
  expect_gone_with_host("spin", "");
}

TEST(GuestProcess, OfAnotherUserThatNeverReturnsIsGoneWithItsHost) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  expect_gone_with_host("spin", "nobody");
}

TEST(GuestProcess, HasNothingOfItsHostButItsChannels) {
  const int inheritable = ::open("/dev/null", O_RDONLY);  // careless: without O_CLOEXEC
  Guest guest(STOA_CAPTIVE);
  std::map<std::string, std::string> found;
  const fs::path folder = "/proc/" + std::to_string(guest.process.pid()) + "/fd";
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string to = fs::read_symlink(entry).string();
    found[entry.path().filename()] = to.substr(0, to.find(':'));
  }
  ::close(inheritable);
  EXPECT_EQ(
      found,
      (std::map<std::string, std::string>{
          {"0", "/dev/null"}, {"1", "pipe"}, {"2", "pipe"}, {"3", "socket"}, {"4", "socket"}}));
}

TEST(GuestProcess, SeesNothingOfTheEnvironmentButWhatItIsGiven) {
  ::setenv("STOA_TEST_SECRET", "s3cret", 1);
  ::setenv("STOA_TEST_GIVEN", "given", 1);
  Guest guest(STOA_CAPTIVE, "{}", {}, {"STOA_TEST_GIVEN", "STOA_TEST_MISSING"});
  const std::string names = guest.reply("environment");
  EXPECT_EQ(names.find("STOA_TEST_SECRET"), std::string::npos) << names;
  EXPECT_EQ(names.find("STOA_TEST_MISSING"), std::string::npos) << names;
  EXPECT_NE(names.find("STOA_TEST_GIVEN=given\n"), std::string::npos) << names;
  EXPECT_NE(names.find("PATH="), std::string::npos) << names;
}

TEST(GuestProcess, IsInAProcessGroupOfItsOwn) {
  const Guest guest(STOA_CAPTIVE);
  EXPECT_EQ(::getpgid(guest.process.pid()), guest.process.pid());
}

TEST(GuestProcess, ThatIsIdleSleeps) {
  Guest guest(STOA_CAPTIVE);
  (void)guest.reply("echo", "busy");
  const std::string status = "/proc/" + std::to_string(guest.process.pid()) + "/task";
  const auto switches = [&] {
    long count = 0;
    for (const auto& thread : fs::directory_iterator(status)) {
      std::ifstream in(thread.path() / "status");
      for (std::string word; in >> word;) {
        if (word == "voluntary_ctxt_switches:" && in >> word) count += std::stol(word);
      }
    }
    return count;
  };
  // The flusher, awake, would wake up fifty times between two looks; a sanitizer's thread does
  // once.
  long before = switches();
  EXPECT_TRUE(guest.serve_until([&] {
    const long now = switches();
    return now - std::exchange(before, now) < 10;
  }));
}

TEST(Output, ComesLineByLine) {
  Guest guest(STOA_CAPTIVE);
  (void)guest.message("print", "one\n\ntwo\n" + std::string(8 * 1024 + 5, 'x') + "\n");
  (void)guest.message("print without an end");
  (void)guest.destroy();
  EXPECT_EQ(guest.printed(), (std::vector<std::string>{"one", "", "two", std::string(8 * 1024, 'x'),
                                                       "xxxxx", "and a complaint", "no end"}));
}

// A guest that says what none can say.
std::string nonsense_of(const std::string& bytes) {
  Guest guest(STOA_CAPTIVE);
  guest.send({.event = "raw", .body = bytes, .flags = STOA_EVENT_BINARY});
  EXPECT_EQ(guest.end().text, "SIGKILL");
  return guest.nonsense();
}

template <class... Fields>
std::string record(remote::Kind kind, Fields... fields) {
  std::string buffer;
  {
    remote::Writer to(buffer, kind);
    (to.number(fields), ...);
  }
  return buffer;
}

TEST(Nonsense, OfAGuestEndsIt) {
  EXPECT_EQ(nonsense_of(std::string(64, '\xff')),
            "a record of kind 4294967295 says it has 4294967295 bytes");
  EXPECT_EQ(nonsense_of(record(remote::Kind::kReply)), "a record of kind 34 is no call");
  EXPECT_EQ(nonsense_of(record(remote::Kind::kPost)), "a record of kind 11 ends too early");
  EXPECT_EQ(nonsense_of(record(remote::Kind::kPost, uint64_t{1}, uint8_t{1})),
            "a record of kind 11 has 1 bytes too many");
  EXPECT_EQ(nonsense_of(record(remote::Kind::kDestroyed)),
            "it was not told to destroy its instance");
  EXPECT_EQ(nonsense_of(record(remote::Kind::kCreated, int32_t{0}, uint32_t{0})),
            "it was created twice");
  EXPECT_EQ(nonsense_of(record(remote::Kind::kHandled, int32_t{0}) +
                        record(remote::Kind::kHandled, int32_t{0})),
            "it handled what it was not sent");
  EXPECT_EQ(nonsense_of(record(remote::Kind::kAnswer, uint64_t{7}, uint32_t{9}, 0u, 0u, 0u)),
            "an answer is not well-formed");
}

TEST(Nonsense, AClosedSocketDoesNotKeepTheHostAwake) {
  Guest guest(STOA_CAPTIVE);
  (void)guest.message("close events");
  auto waits = guest.link.descriptors();
  EXPECT_EQ(::poll(waits.data(), waits.size(), 50), 0);
  guest.send({.event = "echo"});
  EXPECT_FALSE(guest.link.flush());
}

TEST(Nonsense, RepliesThatNobodyReadsDoNotPileUp) {
  Guest guest(STOA_CAPTIVE);
  for (stoa_connection i = 0; i < 100'000; ++i) guest.host.members[""].push_back(i);
  std::string calls;
  for (int i = 0; i < 1000; ++i) {
    calls += record(remote::Kind::kMembers, uint32_t{0}, UINT64_MAX);
  }
  guest.send({.event = "raw", .body = calls, .flags = STOA_EVENT_BINARY});
  (void)guest.serve_until([&] { return guest.link.unsent() > 0; });
  for (int i = 0; i < 20; ++i) (void)guest.link.receive(guest, guest.host.table());
  EXPECT_LT(guest.link.unsent(), std::size_t{900'000});
  EXPECT_GT(guest.link.unsent(), 0u);
}

}  // namespace
}  // namespace stoa::testing
