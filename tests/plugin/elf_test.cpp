#include "plugin/elf.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "folder.h"

namespace stoa::plugin {
namespace {

using Names = std::vector<std::string>;

TEST(Elf, APluginExportsItsEntryAlone) {
  const ElfSummary summary = read_elf(read_file(fixtures() / "good_1.so"));
  EXPECT_FALSE(summary.defect);
  EXPECT_EQ(summary.exports, Names{"stoa_plugin_entry"});
  EXPECT_EQ(summary.unique, Names{});
  EXPECT_TRUE(symbol_complaints(summary).empty());
}

TEST(Elf, NeededLibrariesAreListed) {
  const ElfSummary summary = read_elf(read_file(fixtures() / "needs_absent.so"));
  EXPECT_EQ(std::count(summary.needed.begin(), summary.needed.end(), "libabsent.so"), 1);
}

TEST(Elf, UniqueSymbolsAreListed) {
  const ElfSummary summary = read_elf(read_file(fixtures() / "unique_symbols.so"));
  EXPECT_EQ(summary.unique, Names{"_ZZ5callsvE5count"});
}

TEST(Elf, EveryTruncationIsADefect) {
  const std::string whole = read_file(fixtures() / "good_1.so");
  ASSERT_FALSE(read_elf(whole).defect);
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    EXPECT_TRUE(read_elf(std::string_view(whole).substr(0, size)).defect) << size << " bytes";
  }
}

// Whatever the answer is: with a sanitizer this shows that nothing beyond the end is read.
TEST(Elf, DamagedHeadersAreReadWithoutHarm) {
  const std::string whole = read_file(fixtures() / "good_1.so");
  std::mt19937 random(20260101);
  for (int round = 0; round < 2000; ++round) {
    std::string damaged = whole;
    for (int i = 0; i < 8; ++i) {
      const std::size_t at = i % 2 == 0 ? random() % 1024 : damaged.size() - 1 - random() % 2500;
      damaged[at] = static_cast<char>(random());
    }
    (void)symbol_complaints(read_elf(damaged));
  }
}

TEST(Elf, AnotherMachinesLibraryIsADefect) {
  std::string foreign = read_file(fixtures() / "good_1.so");
  foreign[18] = '\x08';  // e_machine: MIPS
  foreign[19] = '\0';
  ASSERT_TRUE(read_elf(foreign).defect);
  EXPECT_TRUE(read_elf(foreign).defect->problem.starts_with("is built for another machine"));
}

}  // namespace
}  // namespace stoa::plugin
