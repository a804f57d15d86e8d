#include "plugin/paths.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "folder.h"
#include "report/startup_error.h"

namespace stoa::plugin {
namespace {

namespace fs = std::filesystem;

std::string refusal(const fs::path& directory, const fs::path& file) {
  try {
    (void)open_beneath(directory, file);
  } catch (const report::StartupError& error) {
    return error.what();
  }
  return "it was opened";
}

std::string leads_out(const fs::path& directory, const std::string& file) {
  return "plugin \"" + file + "\": leads out of the plugin directory \"" + directory.string() +
         "\"; name a file beneath it, and let no symbolic link leave it";
}

TEST(Paths, DotDotMayNotLeaveTheDirectory) {
  const Folder folder;
  folder.write("outside.so", "x");
  fs::create_directory(folder.path() / "plugins");
  EXPECT_EQ(refusal(folder.path() / "plugins", "../outside.so"),
            leads_out(folder.path() / "plugins", "../outside.so"));
}

TEST(Paths, AbsolutePathsAreRefusedEvenBeneathTheDirectory) {
  const Folder folder;
  const fs::path file = folder.write("inside.so", "x");
  EXPECT_EQ(refusal(folder.path(), file), leads_out(folder.path(), file.string()));
}

TEST(Paths, ASymbolicLinkMayNotLeaveTheDirectory) {
  const Folder folder;
  folder.write("outside.so", "x");
  fs::create_directory(folder.path() / "plugins");
  fs::create_symlink("../outside.so", folder.path() / "plugins" / "link.so");
  EXPECT_EQ(refusal(folder.path() / "plugins", "link.so"),
            leads_out(folder.path() / "plugins", "link.so"));
}

TEST(Paths, ASymbolicLinkWithinTheDirectoryIsFollowed) {
  const Folder folder;
  folder.write("chat-1.4.so", "x");
  fs::create_symlink("chat-1.4.so", folder.path() / "chat.so");
  EXPECT_TRUE(open_beneath(folder.path(), "chat.so").open());
}

TEST(Paths, AMissingDirectoryIsNamed) {
  EXPECT_EQ(
      refusal("/nowhere/plugins", "chat.so"),
      "the plugin directory \"/nowhere/plugins\" cannot be opened: No such file or directory; "
      "set [plugins] directory");
}

TEST(Paths, ANamedPipeStopsNobody) {
  const Folder folder;
  ASSERT_EQ(::mkfifo((folder.path() / "pipe.so").c_str(), 0600), 0);
  const auto complaints = ownership_complaints(open_beneath(folder.path(), "pipe.so"));
  ASSERT_EQ(complaints.size(), 1u);
  EXPECT_EQ(complaints[0].problem, "is not a regular file");
}

}  // namespace
}  // namespace stoa::plugin
