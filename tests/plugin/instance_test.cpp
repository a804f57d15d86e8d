#include "plugin/instance.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "folder.h"
#include "listener.h"
#include "report/startup_error.h"

namespace stoa::plugin {
namespace {

TEST(Instance, GetsItsNamespaceAndItsConfig) {
  Listener host;
  Instance instance(Library::load(fixtures(), "good_1"), "chat", "{\"a\":1}", host.table());
  EXPECT_EQ(instance.handle(message(instance, "where")), STOA_OK);
  EXPECT_EQ(host.last(), "1.0.0 chat {\"a\":1} 1");
}

TEST(Instance, TwoOfOneLibraryDoNotShareTheirState) {
  Listener host;
  const auto library = Library::load(fixtures(), "good_1");
  Instance red(library, "red", "{}", host.table());
  Instance blue(library, "blue", "{}", host.table());
  (void)red.handle(message(red, "where"));
  (void)red.handle(message(red, "where"));
  EXPECT_EQ(host.last(), "1.0.0 red {} 2");
  (void)blue.handle(message(blue, "where"));
  EXPECT_EQ(host.last(), "1.0.0 blue {} 1");
}

TEST(Instance, OfAReplacedFileGoesOnBesideTheNewOne) {
  Listener host;
  const Folder folder;
  folder.install("good_1", "same.so");
  Instance older(Library::load(folder.path(), "same"), "a", "{}", host.table());
  folder.install("good_2", "same.so");
  Instance newer(Library::load(folder.path(), "same"), "b", "{}", host.table());
  (void)older.handle(message(older, "where"));
  EXPECT_EQ(host.last(), "1.0.0 a {} 1");
  (void)newer.handle(message(newer, "where"));
  EXPECT_EQ(host.last(), "2.0.0 b {} 1");
}

TEST(Instance, KnowsItsEventsByTheirPosition) {
  Listener host;
  const Instance instance(Library::load(fixtures(), "good_1"), "n", "{}", host.table());
  EXPECT_EQ(instance.library().interests().event_index("where"), 0u);
  EXPECT_EQ(instance.library().interests().event_index("count"), 1u);
  EXPECT_EQ(instance.library().interests().event_index("unheard-of"), STOA_INDEX_ANY);
  EXPECT_TRUE(instance.library().interests().handles(STOA_EVENT_MESSAGE));
  EXPECT_FALSE(instance.library().interests().handles(STOA_EVENT_OPEN));
  EXPECT_FALSE(instance.library().interests().handles_any());
  EXPECT_FALSE(instance.library().interests().native_only());
}

TEST(Instance, ThatRefusesToStartSaysWhyInItsOwnWords) {
  Listener host;
  const auto library = Library::load(fixtures(), "create_fails");
  try {
    const Instance instance(library, "admin", "{}", host.table());
    FAIL() << "it started";
  } catch (const report::StartupError& error) {
    EXPECT_STREQ(error.what(),
                 "namespace \"admin\": plugin create_fails 1.0.0 does not start: config needs "
                 "\"tokens\"");
  }
}

TEST(Instance, IsNeverCalledByTwoThreadsAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kCalls = 20'000;
  Listener host;
  Instance instance(Library::load(fixtures(), "good_1"), "n", "{}", host.table());
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      const stoa_event event = message(instance, "count");
      for (int call = 0; call < kCalls; ++call) (void)instance.handle(event);
    });
  }
  for (std::thread& thread : threads) thread.join();
  (void)instance.handle(message(instance, "where"));
  EXPECT_EQ(host.last(), "1.0.0 n {} " + std::to_string(kThreads * kCalls + 1));
}

// Each of the two calls returns only if the other has begun.
TEST(Instance, ThatIsConcurrentIsCalledByTwoThreadsAtOnce) {
  Listener host;
  Instance instance(Library::load(fixtures(), "meeting"), "n", "{}", host.table());
  const stoa_event event = message(instance, "meet");
  std::thread other([&] { (void)instance.handle(event); });
  EXPECT_EQ(instance.handle(event), STOA_OK);
  other.join();
}

}  // namespace
}  // namespace stoa::plugin
