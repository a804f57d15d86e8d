// Replays the inputs that were worth keeping.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "targets.h"

namespace stoa::fuzz {
namespace {

using Target = void (*)(std::string_view);

std::vector<std::filesystem::path> corpus(const std::string& target) {
  const std::filesystem::path folder = std::filesystem::path(FUZZ_CORPUS) / target;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

void replay(const std::string& name, Target target) {
  const auto files = corpus(name);
  ASSERT_GE(files.size(), 15u);
  for (const std::filesystem::path& path : files) {
    std::ifstream file(path, std::ios::binary);
    const std::string input(std::istreambuf_iterator<char>(file), {});
    ASSERT_TRUE(file.good() || file.eof()) << path;
    EXPECT_NO_THROW(target(input)) << path;
  }
}

TEST(Replay, Message) {
  replay("message", fuzz_message);
}
TEST(Replay, Query) {
  replay("query", fuzz_query);
}
TEST(Replay, Manifest) {
  replay("manifest", fuzz_manifest);
}
TEST(Replay, Guest) {
  replay("guest", fuzz_guest);
}

}  // namespace
}  // namespace stoa::fuzz
