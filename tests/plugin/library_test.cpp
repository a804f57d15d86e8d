#include "plugin/library.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "folder.h"
#include "plugin/contents.h"
#include "report/startup_error.h"

namespace stoa::plugin {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// What is said of fixture `name`, without the file's name in front.
std::string refusal_in(const fs::path& directory, const std::string& name,
                       std::chrono::milliseconds deadline = kProbeDeadline) {
  try {
    (void)Library::load(directory, name, deadline);
  } catch (const report::StartupError& error) {
    const std::string text = error.what();
    const std::string prefix = "plugin \"" + (directory / (name + ".so")).string() + "\": ";
    return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
  }
  return "it was loaded";
}

std::string refusal(const std::string& name, std::chrono::milliseconds deadline = kProbeDeadline) {
  return refusal_in(fixtures(), name, deadline);
}

constexpr const char* kCorrect = "; correct the descriptor that stoa_plugin_entry() returns";

TEST(Library, AGoodOneSaysWhoItIs) {
  const auto library = Library::load(fixtures(), "good_1");
  EXPECT_EQ(library->description().name, "good");
  EXPECT_EQ(library->description().version, "1.0.0");
  EXPECT_STREQ(library->open().name, "good");
  EXPECT_EQ(library->source(), fixtures() / "good_1.so");
  EXPECT_EQ(library->sha256().size(), 64u);
}

TEST(Library, IsFoundWithAndWithoutItsSuffix) {
  EXPECT_EQ(Library::load(fixtures(), "good_1")->sha256(),
            Library::load(fixtures(), "good_1.so")->sha256());
}

TEST(Library, OfAnotherDigestIsNotEvenRun) {
  const std::string sha256 = Library::load(fixtures(), "good_1")->sha256();
  EXPECT_EQ(Library::load(fixtures(), "good_1", kProbeDeadline, sha256)->sha256(), sha256);
  try {
    // Whatever ran of it would end with another complaint.
    (void)Library::load(fixtures(), "aborting_constructor", kProbeDeadline, sha256);
    FAIL() << "it was loaded";
  } catch (const report::StartupError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find(", wanted " + sha256 + "; put the file there that is meant"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("SIGABRT"), std::string::npos) << text;
  }
}

TEST(Library, OfANewerMinorVersionIsLoaded) {
  const auto library = Library::load(fixtures(), "newer_minor");
  EXPECT_EQ(library->description().abi_minor, STOA_ABI_MINOR + 7);
  EXPECT_GT(library->open().struct_size, sizeof(stoa_plugin_descriptor));
}

TEST(Library, ANewFileAtTheSamePathIsTheNewPlugin) {
  const Folder folder;
  folder.install("good_1", "same.so");
  const auto before = Library::load(folder.path(), "same");
  folder.install("good_2", "same.so");
  const auto after = Library::load(folder.path(), "same");
  EXPECT_STREQ(before->open().version, "1.0.0");
  EXPECT_STREQ(after->open().version, "2.0.0");
}

TEST(Library, SurvivesThatItsFileIsCutShort) {
  const Folder folder;
  const fs::path file = folder.install("good_1", "good.so");
  const auto library = Library::load(folder.path(), "good");
  fs::resize_file(file, 0);
  EXPECT_STREQ(library->open().name, "good");
}

bool is_mapped(const std::string& part_of_its_name) {
  std::ifstream maps("/proc/self/maps");
  const std::string all{std::istreambuf_iterator<char>(maps), {}};
  return all.find(part_of_its_name) != std::string::npos;
}

TEST(Library, IsMappedWhereItIsOpenedOnly) {
  const Folder folder;
  // Another file than all that were opened before.
  std::ofstream(folder.install("good_1", "other.so"), std::ios::app) << "\n";
  const auto library = Library::load(folder.path(), "other");
  EXPECT_TRUE(library->interests().handles(STOA_EVENT_MESSAGE));
  EXPECT_FALSE(library->is_open());
  EXPECT_FALSE(is_mapped(library->sha256()));
  (void)library->open();
  EXPECT_TRUE(library->is_open());
  EXPECT_TRUE(is_mapped(library->sha256()));
}

std::string refusal_to_open(const Library& library) {
  try {
    (void)library.open();
  } catch (const report::StartupError& error) {
    return error.what();
  }
  return "it was opened";
}

TEST(Library, ThatDeclaresSomethingElseWhereItIsOpenedIsRefused) {
  const auto library = Library::load(fixtures(), "fickle");
  ::setenv("STOA_FICKLE", "1", 1);
  const std::string why = refusal_to_open(*library);
  ::unsetenv("STOA_FICKLE");
  EXPECT_TRUE(why.ends_with(
      "declares something else here than in its child process; let stoa_plugin_entry() always "
      "return the same"))
      << why;
  EXPECT_FALSE(library->is_open());
}

TEST(Library, WhoseCopyWasChangedIsNotOpened) {
  const auto library = Library::load(fixtures(), "good_1");
  fs::permissions(library->copy(), fs::perms::owner_write, fs::perm_options::add);
  std::ofstream(library->copy(), std::ios::app) << "\n";
  EXPECT_NE(refusal_to_open(*library).find("came out different"), std::string::npos);
}

TEST(Library, LeavesNothingBehind) {
  const Folder cache;
  ::setenv("STOA_CACHE_DIR", cache.path().c_str(), 1);
  {
    const auto library = Library::load(fixtures(), "good_1");
    EXPECT_FALSE(fs::is_empty(cache.path()));
    EXPECT_EQ(refusal("wrong_magic").substr(0, 15), "its descriptor'");
  }
  EXPECT_TRUE(fs::is_empty(cache.path()));
  ::unsetenv("STOA_CACHE_DIR");
}

TEST(Library, ClearsAwayWhatACrashedServerLeftBehind) {
  const Folder cache;
  const fs::path stale = cache.path() / "stoa-plugin-crashd";
  fs::create_directory(stale);
  std::ofstream(stale / "good.so") << "x";
  fs::last_write_time(stale, fs::file_time_type::clock::now() - 1h);
  ::setenv("STOA_CACHE_DIR", cache.path().c_str(), 1);
  const auto first = Library::load(fixtures(), "good_1");
  EXPECT_FALSE(fs::exists(stale));

  // Not what belongs to a library that lives.
  for (const auto& living : fs::directory_iterator(cache.path())) {
    fs::last_write_time(living, fs::file_time_type::clock::now() - 1h);
  }
  const auto second = Library::load(fixtures(), "good_2");
  EXPECT_EQ(std::distance(fs::directory_iterator(cache.path()), {}), 2);
  ::unsetenv("STOA_CACHE_DIR");
}

TEST(Library, HasItsCopyAlsoWhenTheTemporaryFolderWasCleared) {
  const Folder cache;
  ::setenv("STOA_CACHE_DIR", cache.path().c_str(), 1);
  const auto library = Library::load(fixtures(), "good_1");
  ::unsetenv("STOA_CACHE_DIR");
  for (const auto& entry : fs::directory_iterator(cache.path())) fs::remove_all(entry);
  std::ifstream in(library->copy(), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(sha256_hex(bytes), library->sha256());
}

TEST(Library, WithoutAPlaceForItsCopySaysWhatToSet) {
  ::setenv("STOA_CACHE_DIR", "/nowhere/at/all", 1);
  EXPECT_EQ(refusal("good_1"),
            "there is no directory to load plugins from: set STOA_CACHE_DIR to one that this user "
            "can write and that allows execution; /nowhere/at/all: No such file or directory");
  ::unsetenv("STOA_CACHE_DIR");
}

TEST(Library, WithoutEntryIsRefused) {
  EXPECT_EQ(
      refusal("no_entry"),
      "does not export stoa_plugin_entry; define it, with extern \"C\" in C++, and build with "
      "stoa_add_plugin()");
}

TEST(Library, WhoseEntryReturnsNullIsRefused) {
  EXPECT_EQ(refusal("null_entry"),
            "its stoa_plugin_entry() returned NULL: it speaks none of the ABI versions that this "
            "host speaks, 1.0 to 1.1; build it with this host's SDK, or run it on a newer host");
}

TEST(Library, WithAWrongMagicIsRefused) {
  EXPECT_EQ(refusal("wrong_magic"),
            std::string("its descriptor's magic is 0xdeadbeef, wanted 0x414f5453") + kCorrect);
}

TEST(Library, WithATooShortDescriptorIsRefused) {
  EXPECT_EQ(refusal("wrong_size"),
            std::string("its descriptor's struct_size is 24, wanted at least 80") + kCorrect);
}

TEST(Library, OfANewerMajorVersionIsRefusedBeforeTheRestIsRead) {
  EXPECT_EQ(refusal("newer_major"),
            "is built for ABI 2.0, and this host speaks 1.0 to 1.1; run it on a newer host, or "
            "build it with this host's SDK");
}

TEST(Library, WithABadNameIsRefused) {
  EXPECT_EQ(refusal("bad_name"),
            std::string("its descriptor's name is \"../Bad Name\", wanted 1 to 64 of [a-z0-9_-]") +
                kCorrect);
}

TEST(Library, WithAnEventNamedTwiceIsRefused) {
  EXPECT_EQ(
      refusal("duplicate_events"),
      std::string("its descriptor's events[2] is \"say\" again, wanted each name once") + kCorrect);
}

TEST(Library, WithTooManyEventsIsRefusedBeforeTheyAreRead) {
  EXPECT_EQ(refusal("endless_events"),
            std::string("its descriptor's event_count is 5000, wanted at most 4096") + kCorrect);
}

TEST(Library, WithoutACallbackIsRefused) {
  EXPECT_EQ(refusal("no_handle"),
            std::string("its descriptor's handle is NULL, wanted a function") + kCorrect);
}

TEST(Library, WhoseConstructorThrowsIsRefusedWithTheExceptionsText) {
  EXPECT_EQ(
      refusal("throwing_constructor"),
      "ended the process when it was loaded (SIGABRT), saying \"terminate called after "
      "throwing an instance of 'std::runtime_error' what(): no settings here\"; do nothing in "
      "constructors of static objects that can fail; create() can report it");
}

TEST(Library, WhoseConstructorAbortsIsRefused) {
  EXPECT_EQ(refusal("aborting_constructor"),
            "ended the process when it was loaded (SIGABRT); do nothing in constructors of static "
            "objects that can fail; create() can report it");
}

TEST(Library, WhoseConstructorExitsIsRefusedWithWhatItPrinted) {
  EXPECT_EQ(refusal("exiting_constructor"),
            "ended the process when it was loaded (exit code 3), saying \"no licence found\"; do "
            "nothing in constructors of static objects that can fail; create() can report it");
}

TEST(Library, WhoseConstructorHangsIsRefusedAfterTheDeadline) {
  EXPECT_EQ(refusal("hanging_constructor", 100ms),
            "did not finish loading within 100 ms; let no constructor of a static object wait");
}

TEST(Library, WhoseConstructorHangsInSilenceToo) {
  ::setenv("STOA_SILENT", "1", 1);
  EXPECT_EQ(refusal("hanging_constructor", 100ms),
            "did not finish loading within 100 ms; let no constructor of a static object wait");
  ::unsetenv("STOA_SILENT");
}

TEST(Library, WhoseConstructorAnswersForItsChildAndStaysIsNotWaitedFor) {
  ::setenv("STOA_FORGED", "garbage", 1);
  ::setenv("STOA_STAYS", "1", 1);
  EXPECT_NE(refusal("forging_constructor").find("wrote nonsense"), std::string::npos);
  ::unsetenv("STOA_STAYS");
  ::unsetenv("STOA_FORGED");
}

TEST(Library, WhoseConstructorAnswersForItsChildIsNotBelieved) {
  for (const char* said : {"garbage", R"({"problem": 1})", "[]",
                           R"({"name":"../..","version":"1","major":1,"minor":0,"flags":0,)"
                           R"("handles":0,"events":[]})"}) {
    ::setenv("STOA_FORGED", said, 1);
    EXPECT_EQ(refusal("forging_constructor"),
              "wrote nonsense in the place of what was to say what it is; let it write to no file "
              "that it did not open")
        << said;
  }
  ::unsetenv("STOA_FORGED");
}

TEST(Library, WithSymbolsThatAreUniqueInTheProcessIsRefused) {
  const std::string text = refusal("unique_symbols");
  EXPECT_TRUE(
      text.starts_with("has symbols that are unique in the process, so that two versions of "
                       "it would share their data: _ZZ5callsvE5count; compile with "
                       "-fno-gnu-unique, or build with stoa_add_plugin()"))
      << text;
}

TEST(Library, WithMoreExportsThanItsEntryIsRefused) {
  EXPECT_EQ(refusal("exports_too_much"),
            "exports more than stoa_plugin_entry: parse_config; keep them local with a version "
            "script, or build with stoa_add_plugin()");
}

TEST(Library, WhoseNeededLibraryIsMissingIsRefused) {
  EXPECT_EQ(refusal("needs_absent"),
            "cannot be loaded: libabsent.so: cannot open shared object file: No such file or "
            "directory; install what it needs, or link that statically");
}

TEST(Library, ThatIsNotThereIsRefused) {
  EXPECT_EQ(refusal("nosuch"),
            "plugin \"nosuch.so\": there is no such file beneath the plugin directory \"" +
                fixtures().string() + "\"; put it there, or set [plugins] directory");
}

TEST(Library, ThatIsNoElfFileIsRefused) {
  const Folder folder;
  folder.write("text.so", "#!/bin/sh\necho I am a plugin\n");
  EXPECT_EQ(refusal_in(folder.path(), "text"),
            "is not an ELF file; name the shared library that the build made");
}

TEST(Library, ThatIsEmptyIsRefused) {
  const Folder folder;
  folder.write("empty.so", "");
  EXPECT_EQ(refusal_in(folder.path(), "empty"),
            "is not an ELF file; name the shared library that the build made");
}

TEST(Library, ThatIsTruncatedIsRefused) {
  const Folder folder;
  const std::string whole = read_file(fixtures() / "good_1.so");
  folder.write("half.so", whole.substr(0, whole.size() / 2));
  EXPECT_EQ(refusal_in(folder.path(), "half"),
            "is truncated or damaged: its segment lies beyond its end; build or copy it again");
  folder.write("most.so", whole.substr(0, whole.size() - 10));
  EXPECT_EQ(
      refusal_in(folder.path(), "most"),
      "is truncated or damaged: its section header table lies beyond its end; build or copy it "
      "again");
}

TEST(Library, ThatOthersCanWriteIsRefused) {
  const Folder folder;
  fs::permissions(folder.install("good_1", "open.so"), fs::perms::others_write,
                  fs::perm_options::add);
  EXPECT_EQ(refusal_in(folder.path(), "open"),
            "can be written by others than its owner; chmod go-w it");
}

TEST(Library, ThatIsADirectoryIsRefused) {
  const Folder folder;
  fs::create_directory(folder.path() / "folder.so");
  EXPECT_EQ(refusal_in(folder.path(), "folder"), "is not a regular file; name the library itself");
}

}  // namespace
}  // namespace stoa::plugin
