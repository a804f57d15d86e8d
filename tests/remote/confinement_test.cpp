// What a guest may not do. Each is tried by a plugin.
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "guest.h"
#include "report/startup_error.h"

namespace stoa::testing {
namespace {

using remote::Confinement;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// A line of /proc/PID/status.
std::string status(const Guest& guest, const std::string& key) {
  std::ifstream in("/proc/" + std::to_string(guest.process.pid()) + "/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(key + ":\t")) return line.substr(key.size() + 2);
  }
  return "none";
}

// A user whom no other process has, now or before.
remote::User somebody() {
  static uint32_t others = 0;
  const uint32_t uid = 0x4000'0000 + static_cast<uint32_t>(::getpid()) * 16 + ++others;
  return {"somebody", uid, uid, {}};
}

class Confined : public ::testing::Test {
 protected:
  static void need_root() {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  }
};

TEST_F(Confined, ByDefaultGainsNothingAndCannotTouchOthers) {
  Guest guest(STOA_CAPTIVE);
  EXPECT_EQ(status(guest, "NoNewPrivs"), "1");
  EXPECT_EQ(status(guest, "Seccomp"), "2");
  for (const char* attempt : {"ptrace",
                              "look at host",
                              "unshare",
                              "chroot",
                              "keyctl",
                              "userfaultfd",
                              "io_uring",
                              "execve",
                              "fork",
                              "setsid",
                              "kill host",
                              "limit host",
                              "outlive host",
                              "outlive host by the upper half",
                              "be dumpable",
                              "have host signalled",
                              "choose a signal",
                              "slow host",
                              "slow its user",
                              "pin host",
                              "share memory"}) {
    EXPECT_EQ(guest.reply("attempt", attempt), "EPERM") << attempt;
  }
  for (const char* attempt :
       {"inet", "inet6", "netlink", "unix", "raise", "slow itself", "pin itself"}) {
    EXPECT_EQ(guest.reply("attempt", attempt), "ok") << attempt;
  }
  EXPECT_EQ(guest.reply("threads", "3"), "3");
}

TEST_F(Confined, SeesNothingOfTheHost) {
  if (::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1) {
    GTEST_SKIP() << "this kernel has no Landlock";
  }
  Guest guest(STOA_CAPTIVE);
  Guest free(STOA_CAPTIVE, "{}", {.seccomp = false});
  for (const char* attempt : {"read host's memory", "open host's descriptor"}) {
    EXPECT_EQ(guest.reply("attempt", attempt), "EACCES") << attempt;
    EXPECT_EQ(free.reply("attempt", attempt), "ok") << attempt;
  }
}

TEST_F(Confined, ByNothingMayDoWhatItsUserMay) {
  Guest guest(STOA_CAPTIVE, "{}", {.no_new_privileges = false, .seccomp = false});
  EXPECT_EQ(status(guest, "NoNewPrivs"), "0");
  EXPECT_EQ(status(guest, "Seccomp"), "0");
  for (const char* attempt : {"fork", "kill host", "limit host", "be dumpable"}) {
    EXPECT_EQ(guest.reply("attempt", attempt), "ok") << attempt;
  }
}

TEST_F(Confined, WithoutNetworkHasLocalSocketsOnly) {
  for (const bool seccomp : {true, false}) {
    Guest guest(STOA_CAPTIVE, "{}", {.seccomp = seccomp, .network = false});
    for (const char* attempt : {"inet", "inet6", "netlink"}) {
      EXPECT_EQ(guest.reply("attempt", attempt), "EACCES") << attempt;
    }
    EXPECT_EQ(guest.reply("attempt", "unix"), "ok");
    EXPECT_EQ(guest.reply("attempt", "io_uring"), "EPERM");
  }
}

TEST_F(Confined, ToAUserIsThatUserForGood) {
  need_root();
  if (IsSkipped()) return;
  Guest guest(STOA_CAPTIVE, "{}", {.user = remote::find_user("nobody")});
  ASSERT_TRUE(guest.created()) << guest.complaint();
  EXPECT_EQ(guest.reply("ids"), "65534 65534: 65534");
  EXPECT_EQ(guest.reply("attempt", "become root"), "EPERM");
  EXPECT_EQ(status(guest, "CapEff"), "0000000000000000");
  EXPECT_EQ(status(guest, "CapPrm"), "0000000000000000");
}

TEST_F(Confined, ToAUserLoadsTheHostsOwnCopyOfALibrary) {
  need_root();
  if (IsSkipped()) return;
  const mode_t before = ::umask(077);
  const std::filesystem::path file = STOA_CAPTIVE;
  const auto library = plugin::Library::load(file.parent_path(), file.filename().string());
  ::umask(before);
  Guest guest(library->copy(), "{}", {.user = somebody()});
  EXPECT_TRUE(guest.created()) << guest.complaint();
}

TEST_F(Confined, ToAnUnknownUserIsAnError) {
  try {
    (void)remote::find_user("no-such-user");
    FAIL();
  } catch (const report::StartupError& error) {
    EXPECT_STREQ(error.what(),
                 "there is no user \"no-such-user\" on this machine: create it "
                 "(useradd --system), or leave the user out");
  }
}

TEST_F(Confined, ToAFewFilesOpensNoMore) {
  Guest guest(STOA_CAPTIVE, "{}", {.open_files = 20});
  EXPECT_EQ(guest.reply("open files"), "15 EMFILE");
}

TEST_F(Confined, ToSomeMemoryEndsWhenItHasNone) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's own memory would count";
  Guest guest(STOA_CAPTIVE, "{}", {.memory_bytes = std::size_t{64} << 20});
  EXPECT_EQ(guest.reply("allocate", "16"), "ok");
  guest.send({.event = "allocate", .body = "128"});
  EXPECT_EQ(guest.end().text, "SIGABRT");
  Guest free(STOA_CAPTIVE);
  EXPECT_EQ(free.reply("allocate", "128"), "ok");
}

TEST_F(Confined, ToSomeSecondsEndsWhenTheyAreUsed) {
  Guest guest(STOA_CAPTIVE, "{}", {.cpu_seconds = 1});
  guest.send({.event = "spin"});
  const remote::End& end = guest.end();
  EXPECT_EQ(end.text, "over its limit of CPU seconds (SIGXCPU)");
  EXPECT_FALSE(end.dumped_core);
}

TEST_F(Confined, ToAFewThreadsStartsNoMore) {
  need_root();
  if (IsSkipped()) return;
  Guest guest(STOA_CAPTIVE, "{}", {.user = somebody(), .threads = 5});
  ASSERT_TRUE(guest.created()) << guest.complaint();
  // Two are there: the one that handles events, and the host's.
  const std::string started = guest.reply("threads", "20");
  EXPECT_EQ(started, kSanitized ? started : "3 EAGAIN");
  EXPECT_TRUE(started.ends_with(" EAGAIN")) << started;
}

TEST_F(Confined, ToTooFewThreadsSaysSo) {
  need_root();
  if (IsSkipped() || kSanitized) return;
  Guest guest(STOA_CAPTIVE, "{}", {.user = somebody(), .threads = 1});
  EXPECT_FALSE(guest.created());
  EXPECT_EQ(guest.complaint(),
            "namespace \"here\": its plugin's process has no thread for the host: Resource "
            "temporarily unavailable; raise its limit of threads");
}

TEST_F(Confined, IsNice) {
  Guest guest(STOA_CAPTIVE, "{}", {.nice = 7});
  EXPECT_EQ(guest.reply("nice"), "7");
}

void expect_refused(const Confinement& confinement, const std::string& why) {
  try {
    remote::check(confinement);
    FAIL() << why;
  } catch (const report::StartupError& error) {
    EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
  }
}

TEST_F(Confined, ToWhatCannotBeHadIsRefusedBeforeItStarts) {
  expect_refused({.threads = 5}, "name a user");
  if (::geteuid() == 0) {
    expect_refused({.user = somebody(), .no_new_privileges = false}, "switch no_new_privileges on");
    EXPECT_NO_THROW(remote::check({.no_new_privileges = false}));
  }
  expect_refused({.nice = 20}, "nice is from 0 to 19, not 20");
  EXPECT_NO_THROW(remote::check({}));
}

// What the host would not have sent.
std::string refusal_of(const remote::User& user) {
  const Guest guest(STOA_CAPTIVE, "{}", {.user = user});
  EXPECT_FALSE(guest.created());
  return guest.complaint();
}

TEST_F(Confined, ToWhatTheSystemRefusesSaysWhatAndWhy) {
  need_root();
  if (IsSkipped()) return;
  const std::string cannot =
      "namespace \"here\": its plugin cannot be confined: cannot become user \"ghost\"";
  EXPECT_EQ(refusal_of({"ghost", 65534, 65534, {UINT32_MAX}}),
            cannot + " with its groups: Invalid argument (errno 22)");
  EXPECT_EQ(refusal_of({"ghost", UINT32_MAX, 65534, {}}), cannot + ": Invalid argument (errno 22)");
}

}  // namespace
}  // namespace stoa::testing
