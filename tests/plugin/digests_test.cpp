#include "plugin/digests.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <string>

#include "folder.h"
#include "plugin/contents.h"
#include "plugin/paths.h"
#include "report/startup_error.h"

namespace stoa::plugin {
namespace {

using namespace std::chrono_literals;

namespace fs = std::filesystem;

constexpr const char* kUnread = "it cannot be read";

std::string digest(Digests& digests, const fs::path& file) {
  return digests.of(open_anywhere(file), file);
}

// The digest without a look into the file, which is not open for that.
std::string remembered(Digests& digests, const fs::path& file) {
  try {
    return digests.of(FileDescriptor(::open(file.c_str(), O_WRONLY | O_CLOEXEC)), file);
  } catch (const report::StartupError&) {
    return kUnread;
  }
}

// Looks at the file again and again, until that is remembered.
void learn(Digests& digests, const fs::path& file) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (remembered(digests, file) == kUnread && std::chrono::steady_clock::now() < deadline) {
    static_cast<void>(digest(digests, file));
  }
}

struct stat stat_of(const fs::path& file) {
  struct stat found {};
  EXPECT_EQ(::stat(file.c_str(), &found), 0);
  return found;
}

TEST(Digests, AFileThatDidNotChangeIsNotReadAgain) {
  const Folder folder;
  const fs::path file = folder.write("a.so", "first");
  Digests digests(50ms);
  learn(digests, file);
  EXPECT_EQ(remembered(digests, file), sha256_hex("first"));
}

TEST(Digests, AChangeInPlaceIsSeenAlsoIfItsTimeWasSetBack) {
  const Folder folder;
  const fs::path file = folder.write("a.so", "first");
  Digests digests(50ms);
  learn(digests, file);
  const struct stat before = stat_of(file);
  folder.write("a.so", "other");
  const timespec times[] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
  EXPECT_EQ(digest(digests, file), sha256_hex("other"));
}

TEST(Digests, AnotherFileOfTheSameNameIsSeen) {
  const Folder folder;
  const fs::path file = folder.write("a.so", "first");
  Digests digests(50ms);
  learn(digests, file);
  fs::rename(folder.write("b.so", "other"), file);
  EXPECT_EQ(digest(digests, file), sha256_hex("other"));
}

TEST(Digests, AFileThatJustChangedIsReadAgain) {
  const Folder folder;
  const fs::path file = folder.write("a.so", "first");
  Digests digests(1h);
  EXPECT_EQ(digest(digests, file), sha256_hex("first"));
  EXPECT_EQ(remembered(digests, file), kUnread);
}

}  // namespace
}  // namespace stoa::plugin
