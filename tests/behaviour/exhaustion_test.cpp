// A server that has not what a new version needs: file descriptors, or room for its copy. It says
// so, serves on, and takes the version when there is some again.
#include <sys/mount.h>
#include <sys/resource.h>

#include <fstream>
#include <utility>

#include "rollout.h"

namespace stoa::behaviour {
namespace {

namespace fs = std::filesystem;

class Exhausted : public testing::Test {
 protected:
  static void expect_served_by(RollingServer& rolling, Guest& member, const std::string& version) {
    EXPECT_EQ(member.ask("version"), version);
    EXPECT_EQ(member.story(), kUndisturbed);
    EXPECT_EQ(rolling.control().version("room", "v1")["plugin_version"], version);
  }
};

// The process may have so many from now on. Returns how many it could have before.
rlim_t limit_descriptors(pid_t pid, rlim_t most) {
  rlimit limits{};
  EXPECT_EQ(prlimit(pid, RLIMIT_NOFILE, nullptr, &limits), 0);
  const rlim_t before = std::exchange(limits.rlim_cur, most);
  EXPECT_EQ(prlimit(pid, RLIMIT_NOFILE, &limits, nullptr), 0);
  return before;
}

std::size_t descriptors_of(pid_t pid) {
  const fs::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// By so many file descriptors that are left, the step fails at each of its needs.
TEST_F(Exhausted, WithoutFileDescriptorsNothingChanges) {
  RollingServer rolling({.namespaces = served("room", "mover_1")});
  Guest alice(rolling.url());
  rolling.write(served("room", "mover_2"));
  const pid_t pid = rolling.server().pid();
  std::size_t refused = 0;
  // The first of them is the one that `stoa ctl` itself needs.
  for (std::size_t left = 1; left < 40; ++left) {
    const rlim_t before = limit_descriptors(pid, descriptors_of(pid) + left);
    const kit::Control::Told told = rolling.control().run({"reload"});
    limit_descriptors(pid, before);
    if (told.exit == 0) break;
    ++refused;
    const kit::Json said = kit::Json::parse(told.out, nullptr, false);
    const std::string why = said.value("error", "");
    EXPECT_NE(why.find("Too many open files"), std::string::npos) << left << " left: " << why;
    expect_served_by(rolling, alice, "1.0.0");
  }
  EXPECT_GE(refused, 3u);
  expect_served_by(rolling, alice, "2.0.0");
}

// A folder on a disk of its own, with 512 KiB. There is none for who may not mount.
class SmallDisk {
 public:
  SmallDisk() { mounted_ = mount("tmpfs", path().c_str(), "tmpfs", 0, "size=512k,mode=0700") == 0; }
  ~SmallDisk() {
    if (mounted_) umount2(path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] bool there() const { return mounted_; }
  [[nodiscard]] const fs::path& path() const { return folder_.path(); }
  // Writes until there is no room.
  [[nodiscard]] fs::path fill() const {
    std::ofstream out(path() / "full", std::ios::binary);
    const std::string page(4096, 'x');
    while (out.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) continue;
    return path() / "full";
  }

 private:
  kit::TemporaryFolder folder_;
  bool mounted_ = false;
};

TEST_F(Exhausted, WithoutRoomForTheCopyNothingChanges) {
  PluginFolder folder;
  folder.install("good_1");
  folder.install("good_2");
  const SmallDisk disk;
  if (!disk.there()) GTEST_SKIP() << "mounting a small file system is not allowed here";
  RollingServer rolling({.namespaces = served("room", "good_1"),
                         .plugins = folder.path(),
                         .variables = {{"STOA_CACHE_DIR", disk.path().string()}}});
  Guest alice(rolling.url());
  EXPECT_EQ(alice.ask("where"), "1.0.0 room {} 1");
  const fs::path full = disk.fill();
  const std::string why = rolling.refusal(served("room", "good_2"));
  EXPECT_NE(why.find("No space left on device"), std::string::npos) << why;
  EXPECT_EQ(alice.ask("where"), "1.0.0 room {} 2");
  EXPECT_EQ(alice.story(), kUndisturbed);
  fs::remove(full);
  rolling.reload(served("room", "good_2"));
  EXPECT_EQ(alice.ask("where"), "2.0.0 room {} 1");
}

}  // namespace
}  // namespace stoa::behaviour
