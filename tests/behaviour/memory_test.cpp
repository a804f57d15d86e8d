// What is remembered of rollouts over a restart, and over a crash.
#include <fcntl.h>
#include <sys/file.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "plugin/file_descriptor.h"
#include "rollout.h"

namespace stoa::behaviour {
namespace {

namespace fs = std::filesystem;

std::string two(const std::string& of_v2 = "weight = 0") {
  return version("room", "v1", "mover_1") + version("room", "v2", "mover_2", of_v2);
}

class Memory : public testing::Test {
 protected:
  [[nodiscard]] Served remembering(const std::string& namespaces) const {
    return {.namespaces = namespaces,
            .rollout = "state = \"" + folder.path().string() + "\"\n",
            .plugins = plugins.path()};
  }

  // Why a server does not start.
  static std::string complaint(const Served& served) {
    try {
      const RollingServer rolling(served);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "it starts";
  }

  Memory() {
    plugins.install("mover_1");
    plugins.install("mover_2");
  }

  [[nodiscard]] fs::path kept() const { return folder.path() / "plugins"; }
  static void cut_short(const fs::path& libraries) {
    for (const auto& entry : fs::directory_iterator(libraries)) fs::resize_file(entry, 100);
  }
  static void empty(const fs::path& of) {
    for (const auto& entry : fs::directory_iterator(of)) fs::remove_all(entry);
  }

  kit::TemporaryFolder folder;
  PluginFolder plugins;
};

TEST_F(Memory, WeightsAndSchedulesGoOnAfterARestart) {
  {
    RollingServer rolling(remembering(two()));
    rolling.control().take({"promote", "room", "v2", "--schedule", "30% 10m, 100%"});
    rolling.control().take({"pause", "room"});
  }
  RollingServer again(remembering(two()));
  EXPECT_EQ(again.control().version("room", "v2")["weight"], 30);
  EXPECT_EQ(again.control().ns("room")["paused"], true);
  EXPECT_EQ(again.control().ns("room")["schedule"],
            "v2: 30 %, next 100 % in 10 m once it is resumed");
  EXPECT_EQ(again.control().take({"history"})["rollouts"].size(), 3U);
}

TEST_F(Memory, AManifestThatSaysSomethingElseCounts) {
  {
    RollingServer rolling(remembering(two()));
    rolling.control().take({"weight", "room", "v2=30"});
  }
  RollingServer again(remembering(two("weight = 10")));
  EXPECT_EQ(again.control().version("room", "v2")["weight"], 10);
}

TEST_F(Memory, ARollbackFindsWhatServedBeforeTheFileWasReplaced) {
  plugins.install("mover_1", "mover");
  {
    RollingServer rolling(remembering(served("room", "mover")));
    Guest alice(rolling.url());
    EXPECT_EQ(alice.ask("version"), "1.0.0");
  }
  plugins.install("mover_2", "mover");
  RollingServer again(remembering(served("room", "mover")));
  Guest alice(again.url());
  EXPECT_EQ(alice.ask("version"), "2.0.0");
  again.control().take({"rollback", "room"});
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  EXPECT_EQ(alice.story(), kUndisturbed);
}

// Only what runs in the server's own process can take that with it.
class MemoryOfCrashes : public Memory {
 protected:
  [[nodiscard]] Served remembering(const std::string& namespaces) const {
    Served served = Memory::remembering(namespaces);
    served.variables = {{"STOA_PLUGINS_RUN", "thread"}};
    return served;
  }
};

TEST_F(MemoryOfCrashes, AVersionBesideTheStableOneThatCrashedTheServerDoesNotComeBack) {
  const std::string both = two("weight = 0\nmatch = [{ query = \"v\", value = \"2\" }]");
  {
    RollingServer rolling(remembering(both));
    Guest alice(rolling.url() + "?v=2");
    static_cast<void>(alice.place.try_ask("crash"));
    EXPECT_NE(rolling.server().wait_exit(), 0);
  }
  RollingServer again(remembering(both));
  EXPECT_TRUE(again.says("the last process ended in a crash of this version namespace=room"));
  EXPECT_EQ(again.control().version("room", "v2")["state"], "out");
  EXPECT_EQ(again.control().ns("room")["note"], "guard: v2 put out: it crashed the server");
}

TEST_F(Memory, WhatCannotBeUnderstoodIsPutAside) {
  folder.write("rollouts.json", "{\"format\": 1, \"rollouts\": [{}]}");
  RollingServer rolling(remembering(two()));
  EXPECT_TRUE(rolling.says("it is put aside as rollouts.json.broken"));
  EXPECT_EQ(rolling.control().version("room", "v1")["weight"], 100);
}

TEST_F(Memory, IsOneServers) {
  const RollingServer rolling(remembering(two()));
  EXPECT_NE(complaint(remembering(two())).find("another server remembers its rollouts in"),
            std::string::npos);
}

TEST_F(Memory, LeavesTheFolderItselfToTheControlSocket) {
  const RollingServer rolling(remembering(two()));
  const plugin::FileDescriptor opened(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY));
  EXPECT_EQ(::flock(opened.number(), LOCK_EX | LOCK_NB), 0);
}

TEST_F(Memory, StaysAwayFromTheOperatorsPlugins) {
  fs::permissions(folder.path(), fs::perms(0755));
  fs::copy(plugins.path(), kept());
  fs::create_directory_symlink(kept(), folder.path() / "link");
  fs::create_directory(kept() / "more");
  for (const char* const below : {"plugins", "link", ".", "plugins/more"}) {
    Served there = remembering(two());
    there.plugins = folder.path() / below;
    EXPECT_NE(complaint(there).find("keeps copies of plugins in " + kept().string()),
              std::string::npos)
        << complaint(there);
  }
  EXPECT_TRUE(fs::exists(kept() / "mover_1.so"));
  EXPECT_EQ(fs::status(folder.path()).permissions(), fs::perms(0755));
}

TEST_F(Memory, RemovesOnlyWhatItHasWritten) {
  const std::string digits(64, '0');
  fs::create_directory(kept());
  for (const char* const name : {"notes", "mover_1.so", "mover_1.so.new"}) {
    folder.write(std::string("plugins/") + name, "the operator's");
  }
  folder.write("plugins/" + digits + ".so", "");
  folder.write("plugins/" + digits + ".so.new", "");
  const RollingServer rolling(remembering(two()));
  EXPECT_TRUE(fs::exists(kept() / "notes"));
  EXPECT_TRUE(fs::exists(kept() / "mover_1.so"));
  EXPECT_TRUE(fs::exists(kept() / "mover_1.so.new"));
  EXPECT_FALSE(fs::exists(kept() / (digits + ".so")));
  EXPECT_FALSE(fs::exists(kept() / (digits + ".so.new")));
}

TEST_F(Memory, IsForItsUserOnlyIfItIsNew) {
  Served there = remembering(two());
  there.rollout = "state = \"" + (folder.path() / "far/away").string() + "\"\n";
  fs::permissions(folder.path(), fs::perms(0755));
  {
    const RollingServer rolling(there);
    EXPECT_EQ(fs::status(folder.path() / "far/away").permissions(), fs::perms(0700));
  }
  const RollingServer rolling(remembering(two()));
  EXPECT_EQ(fs::status(folder.path()).permissions(), fs::perms(0755));
}

TEST_F(MemoryOfCrashes, TellsVersionsOfOneLibraryApartAfterACrash) {
  const std::string both = version("room", "v1", "mover_1") +
                           version("room", "v2", "mover_1",
                                   "weight = 0\nmatch = [{ query = \"v\", value = \"2\" }]\n"
                                   "config = { judge = \"nobody\" }");
  {
    RollingServer rolling(remembering(both));
    Guest alice(rolling.url() + "?v=2");
    static_cast<void>(alice.place.try_ask("crash"));
    EXPECT_NE(rolling.server().wait_exit(), 0);
  }
  const RollingServer again(remembering(both));
  EXPECT_EQ(again.control().version("room", "v1")["state"], "serving");
  EXPECT_EQ(again.control().version("room", "v2")["state"], "out");
}

TEST_F(MemoryOfCrashes, KnowsOfACrashUntilAServerHasStarted) {
  plugins.install("create_fails");
  const std::string both = two("weight = 0\nmatch = [{ query = \"v\", value = \"2\" }]");
  {
    RollingServer rolling(remembering(both));
    Guest alice(rolling.url() + "?v=2");
    static_cast<void>(alice.place.try_ask("crash"));
    EXPECT_NE(rolling.server().wait_exit(), 0);
  }
  EXPECT_NE(complaint(remembering(both + served("more", "create_fails"))).find("does not start"),
            std::string::npos);
  {
    const RollingServer again(remembering(both));
    EXPECT_EQ(again.control().version("room", "v2")["state"], "out");
    again.control().take({"promote", "room", "v2"});
  }
  const RollingServer and_again(remembering(both));
  EXPECT_EQ(and_again.control().version("room", "v2")["state"], "serving");
}

TEST_F(MemoryOfCrashes, OfACrashAtTheStartIsAddedToWhatIsKnown) {
  const std::string both = two("weight = 0\nmatch = [{ query = \"v\", value = \"2\" }]");
  const auto third = [&](const std::string& config) {
    return both + version("room", "v3", "mover_2", "weight = 0\nconfig = { " + config + " }");
  };
  {
    RollingServer rolling(remembering(third("")));
    Guest alice(rolling.url() + "?v=2");
    static_cast<void>(alice.place.try_ask("crash"));
    EXPECT_NE(rolling.server().wait_exit(), 0);
  }
  EXPECT_NE(complaint(remembering(third("crash_in_create = true"))), "it starts");
  const RollingServer again(remembering(third("crash_in_create = true")));
  EXPECT_EQ(again.control().version("room", "v2")["state"], "out");
  EXPECT_EQ(again.control().version("room", "v3")["state"], "out");
}

TEST_F(Memory, DoesNotCountRestartsThatChangeNothing) {
  Served served_so = remembering(served("room", "mover_1"));
  served_so.rollout += "history = 3\n";
  {
    RollingServer rolling(served_so);
    rolling.reload(served("room", "mover_2"));
  }
  served_so.namespaces = served("room", "mover_2");
  for (int i = 0; i < 3; ++i) {
    RollingServer again(served_so);
    EXPECT_TRUE(again.says("started rollout=2 by=start"));
    EXPECT_EQ(again.control().take({"history"})["rollouts"].size(), 2U);
  }
  const RollingServer again(served_so);
  again.control().take({"rollback", "room"});
  EXPECT_EQ(again.control().version("room", "v1")["plugin_version"], "1.0.0");
}

TEST_F(Memory, CountsARestartThatTakesANamespaceAway) {
  { const RollingServer rolling(remembering(two() + served("hall", "mover_1"))); }
  const RollingServer again(remembering(two()));
  EXPECT_EQ(again.control().take({"history"})["rollouts"].size(), 2U);
}

TEST_F(Memory, ThatIsDamagedDoesNotStopTheServer) {
  plugins.install("mover_1", "mover");
  {
    RollingServer rolling(remembering(served("room", "mover")));
    plugins.install("mover_2", "mover");
    rolling.reload(served("room", "mover"));
    rolling.control().take({"rollback", "room"});
  }
  cut_short(kept());
  {
    RollingServer again(remembering(served("room", "mover")));
    EXPECT_TRUE(
        again.says("what served before cannot be loaded: the copy of plugin mover 1.0.0 that was "
                   "kept, " +
                   kept().string()));
    EXPECT_TRUE(again.says("its file in the plugin directory serves instead namespace=room"));
    EXPECT_EQ(Guest(again.url()).ask("version"), "2.0.0");
    EXPECT_NE(again.control().refusal({"rollback", "room", "--to", "1"}).find("is damaged"),
              std::string::npos);
  }
  // What serves was kept anew.
  plugins.install("mover_1", "mover");
  const RollingServer again(remembering(served("room", "mover")));
  again.control().take({"rollback", "room"});
  EXPECT_EQ(Guest(again.url()).ask("version"), "2.0.0");
}

TEST_F(Memory, ARollbackNeedsNeitherTheTemporaryFolderNorTheKeptCopy) {
  const kit::TemporaryFolder temporary;
  Served served_so = remembering(served("room", "mover_1"));
  served_so.variables = {{"STOA_CACHE_DIR", temporary.path().string()}};
  {
    RollingServer rolling(served_so);
    rolling.reload(served("room", "mover_2"));
    empty(temporary.path());
    empty(kept());
    rolling.control().take({"rollback", "room"});
    EXPECT_EQ(Guest(rolling.url()).ask("version"), "1.0.0");
  }
  // And what was kept after that is whole.
  served_so.namespaces = served("room", "mover_2");
  RollingServer again(served_so);
  again.control().take({"rollback", "room", "--to", "1"});
  EXPECT_EQ(Guest(again.url()).ask("version"), "1.0.0");
}

// After a rollback the plugin's file is the bad one still, and nobody needs it.
TEST_F(Memory, OfARollbackDoesNotNeedTheFileThatItPutOut) {
  plugins.install("mover_1", "mover");
  const Served served_so = remembering(served("room", "mover"));
  {
    RollingServer rolling(served_so);
    plugins.install("mover_2", "mover");
    rolling.reload(served("room", "mover"));
    rolling.control().take({"rollback", "room"});
    fs::remove(plugins.file("mover"));
    EXPECT_EQ(rolling.control().take({"plan"})["changes"].size(), 0U);
    EXPECT_EQ(rolling.reload(served("room", "mover"))["text"], "nothing changed");
    EXPECT_TRUE(rolling.says("what a rollback brought back serves on namespace=room version=v1"));
    plugins.install("aborting_constructor", "mover");
    EXPECT_NE(rolling.refusal(served("room", "mover")).find("SIGABRT"), std::string::npos);
  }
  {
    RollingServer again(served_so);
    EXPECT_TRUE(again.says("what a rollback brought back serves on namespace=room version=v1"));
    EXPECT_EQ(Guest(again.url()).ask("version"), "1.0.0");
  }
  fs::remove(plugins.file("mover"));
  {
    RollingServer again(served_so);
    EXPECT_EQ(Guest(again.url()).ask("version"), "1.0.0");
  }
  plugins.install("mover_2", "mover");
  RollingServer again(served_so);
  EXPECT_EQ(Guest(again.url()).ask("version"), "1.0.0");
  EXPECT_EQ(again.control().status()["retired"].size(), 0U);
  // But a file that is another one than those is what the operator wants now.
  plugins.install("pilgrim_2", "mover");
  again.reload(served("room", "mover"));
  EXPECT_EQ(again.control().version("room", "v1")["plugin"], "pilgrim");
}

TEST_F(Memory, OfARollbackDoesNotNeedAFileThatTheManifestNamesNoMore) {
  Served served_so = remembering(served("room", "mover_1"));
  {
    RollingServer rolling(served_so);
    rolling.reload(served("room", "mover_2"));
    fs::remove(plugins.file("mover_1"));
    rolling.control().take({"rollback", "room"});
    EXPECT_EQ(rolling.reload(served("room", "mover_2"))["text"], "nothing changed");
  }
  served_so.namespaces = served("room", "mover_2");
  const RollingServer again(served_so);
  EXPECT_EQ(Guest(again.url()).ask("version"), "1.0.0");
}

TEST_F(Memory, OfANamespaceWithoutItsStableVersionIsPutAside) {
  const Served served_so = remembering(version("\"\"", "v1", "stateless_1") +
                                       version("\"\"", "v2", "stateless_2", "weight = 0"));
  plugins.install("stateless_1");
  plugins.install("stateless_2");
  for (const char* const out : {"[\"v1\"]", "[\"v1\",\"v2\"]"}) {
    { const RollingServer rolling(served_so); }
    std::string text = contents(folder.path() / "rollouts.json");
    const std::string nobody = "\"out\":[]";
    text.replace(text.find(nobody), nobody.size(), std::string("\"out\":") + out);
    folder.write("rollouts.json", text);
    RollingServer again(served_so);
    EXPECT_TRUE(again.says("it is put aside as rollouts.json.broken")) << again.log();
    EXPECT_EQ(Guest(again.url(), "").ask("version"), "1.0.0");
    fs::remove(folder.path() / "rollouts.json");
  }
}

TEST_F(Memory, KeepsALibraryAnewThatWasDamagedInItsPlace) {
  Served served_so = remembering(served("room", "mover_1"));
  {
    RollingServer rolling(served_so);
    for (const auto& entry : fs::directory_iterator(kept())) {
      std::fstream(entry.path(), std::ios::in | std::ios::out | std::ios::binary) << "damaged";
    }
    rolling.reload(served("room", "mover_2"));
  }
  served_so.namespaces = served("room", "mover_2");
  RollingServer again(served_so);
  again.control().take({"rollback", "room"});
  EXPECT_EQ(Guest(again.url()).ask("version"), "1.0.0");
}

TEST_F(Memory, ANamespaceThatWasTakenAwayBeginsAnew) {
  const std::string hall = served("hall", "mover_1");
  {
    RollingServer rolling(remembering(two() + hall));
    rolling.control().take({"promote", "room", "v2"});
    rolling.reload(hall);
    rolling.control().wait_until([&] { return rolling.control().ns("room").is_null(); });
  }
  const RollingServer again(remembering(two() + hall));
  EXPECT_EQ(again.control().ns("room")["stable"], "v1");
}

TEST_F(Memory, KnowsTheWordsOfAManifestThatChangedNothing) {
  {
    RollingServer rolling(remembering(two()));
    rolling.control().take({"weight", "room", "v2=30"});
    EXPECT_EQ(rolling.reload(two("weight = 30"))["text"], "nothing changed");
  }
  {
    const RollingServer again(remembering(two()));
    EXPECT_EQ(again.control().version("room", "v2")["weight"], 0);
    again.control().take({"weight", "room", "v2=30"});
  }
  {
    // The same over a start.
    const RollingServer again(remembering(two("weight = 30")));
    EXPECT_EQ(again.control().version("room", "v2")["weight"], 30);
  }
  const RollingServer again(remembering(two()));
  EXPECT_EQ(again.control().version("room", "v2")["weight"], 0);
}

}  // namespace
}  // namespace stoa::behaviour
