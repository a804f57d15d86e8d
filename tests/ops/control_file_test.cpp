// The socket's file: what it replaces, what it leaves alone, and who may open it.
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <iterator>
#include <latch>

#include "control.h"
#include "report/startup_error.h"

namespace stoa::ops {
namespace {

namespace fs = std::filesystem;

class ControlFile : public Control {
 protected:
  // What start() throws; empty if it does not.
  std::string refusal() {
    try {
      start();
    } catch (const report::StartupError& error) {
      return error.what();
    }
    return "";
  }

  // The file's type and mode, once a server listens there under this umask.
  mode_t mode_under(mode_t mask, mode_t mode) {
    const mode_t before = ::umask(mask);
    start({}, mode);
    ::umask(before);
    struct stat found {};
    EXPECT_EQ(::lstat(path().c_str(), &found), 0);
    control.reset();
    return found.st_mode;
  }

  // As a crash leaves it.
  void leave_stale_file() { const UnixListener crashed(path()); }
};

TEST_F(ControlFile, HasTheModeThatIsAskedForWhateverTheUmask) {
  for (const mode_t mask : {0000U, 0022U, 0077U, 0777U}) {
    EXPECT_EQ(mode_under(mask, 0600), S_IFSOCK | 0600U) << mask;
    EXPECT_EQ(mode_under(mask, 0660), S_IFSOCK | 0660U) << mask;
  }
}

TEST_F(ControlFile, IsRemovedAtTheEnd) {
  start();
  EXPECT_TRUE(fs::is_socket(path()));
  control->stop();
  EXPECT_FALSE(fs::exists(fs::symlink_status(path())));
}

TEST_F(ControlFile, OfACrashIsReplaced) {
  leave_stale_file();
  ASSERT_TRUE(fs::is_socket(path()));
  start();
  EXPECT_EQ(ask(R"({"command":"echo"})")["ok"], true);
}

TEST_F(ControlFile, OfARunningServerIsLeftToIt) {
  start();
  const auto second = [](const Json&, const Progress&) { return Json("the second"); };
  try {
    const ControlSocket other(path(), 0600, second, log);
    FAIL() << "two servers at one socket";
  } catch (const report::StartupError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text, "control.socket: cannot listen on " + path().string() +
                        ": a server is running there already: stop it, or name another path");
  }
  EXPECT_EQ(ask(R"({"command":"echo"})")["result"]["command"], "echo");
}

TEST_F(ControlFile, OfAServerThatHasNoTimeForAnotherClientIsLeftToIt) {
  const UnixListener busy(path());
  std::vector<UnixClient> waiting;
  for (int i = 0; i < 2; ++i) waiting.push_back(client());  // its backlog is full
  EXPECT_NE(refusal().find("a server is running there already"), std::string::npos);
}

TEST_F(ControlFile, IsTakenByOneOfThoseWhoStartAtATime) {
  constexpr int kServers = 4;
  for (int round = 0; round < 200; ++round) {
    leave_stale_file();
    std::latch ready(kServers);
    const auto begin = [&]() -> std::unique_ptr<ControlListener> {
      ready.arrive_and_wait();
      try {
        return std::make_unique<ControlListener>(path(), 0600);
      } catch (const report::StartupError&) {
        return nullptr;
      }
    };
    std::vector<std::future<std::unique_ptr<ControlListener>>> servers;
    for (int i = 0; i < kServers; ++i) servers.push_back(std::async(std::launch::async, begin));
    std::vector<std::unique_ptr<ControlListener>> started;
    for (auto& server : servers) {
      if (auto listener = server.get()) started.push_back(std::move(listener));
    }
    ASSERT_EQ(started.size(), 1U) << "in round " << round;
    EXPECT_TRUE(fs::is_socket(path()));
  }
}

TEST_F(ControlFile, IsNeverMadeInPlaceOfSomethingElse) {
  folder.write("control.sock", "precious");
  EXPECT_NE(refusal().find("it is there and no socket"), std::string::npos);
  std::ifstream file(path());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "precious");

  fs::remove(path());
  fs::create_directory(path());
  EXPECT_NE(refusal().find("it is there and no socket"), std::string::npos);
  EXPECT_TRUE(fs::is_directory(path()));

  fs::remove(path());
  const UnixListener elsewhere(folder.path() / "other.sock");
  fs::create_symlink("other.sock", path());
  EXPECT_NE(refusal().find("it is there and no socket"), std::string::npos);
  EXPECT_TRUE(fs::is_symlink(path()));
}

TEST_F(ControlFile, ThatIsAnothersByNowStays) {
  start();
  fs::remove(path());
  folder.write("control.sock", "another's");
  control->stop();
  EXPECT_TRUE(fs::is_regular_file(path()));
}

TEST_F(ControlFile, NeedsAFolderAndAPathThatFits) {
  const auto refused = [this](const fs::path& where) -> std::string {
    try {
      const ControlListener listener(where, 0600);
    } catch (const report::StartupError& error) {
      return error.what();
    }
    return "";
  };
  const fs::path absent = folder.path() / "absent";
  EXPECT_EQ(refused(absent / "control.sock"),
            "control.socket: cannot listen on " + (absent / "control.sock").string() +
                ": there is no folder " + absent.string() + ": make it first");
  const std::string wide(sizeof(sockaddr_un::sun_path), 'x');
  EXPECT_NE(refused(folder.path() / wide).find("has 1 to 107 bytes"), std::string::npos);
  EXPECT_NE(refused("").find("has 1 to 107 bytes"), std::string::npos);
}

}  // namespace
}  // namespace stoa::ops
