#include "plugin/crash.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <thread>
#include <utility>

#include "folder.h"
#include "plugin/child.h"
#include "plugin/inert_host.h"
#include "plugin/instance.h"

// A sanitizer's own handler of faults would print its report where the host's line is looked for.
extern "C" const char* __asan_default_options() {
  return "handle_segv=0";
}
extern "C" const char* __tsan_default_options() {
  return "handle_segv=0";
}

namespace stoa::plugin {
namespace {

using namespace std::chrono_literals;

int32_t send_message(Instance& instance, std::string_view name) {
  stoa_event event{};
  event.struct_size = sizeof event;
  event.kind = STOA_EVENT_MESSAGE;
  event.event = {name.data(), name.size()};
  return instance.handle(event);
}

std::string crash_in_loop_thread(const std::string& name) {
  name_culprit_on_crash();
  Instance instance(Library::load(fixtures(), "crashing"), "red\nroom", "{}", inert_host());
  std::thread loop([&] { (void)send_message(instance, name); });
  loop.join();
  return "it lived";
}

void expect_crash(const std::string& name, const std::string& signal) {
  const ChildResult result = run_in_child([&] { return crash_in_loop_thread(name); }, 60s);
  EXPECT_EQ(result.end, ChildResult::End::kDied);
  EXPECT_EQ(result.text, signal);
  EXPECT_NE(result.said.find("stoa: fatal " + signal +
                             " in plugin crashing 1.0.0, namespace \"red?room\", event message \"" +
                             name + "\""),
            std::string::npos)
      << result.said;
}

TEST(Crash, AFaultIsLaidAtThePluginsDoor) {
  expect_crash("fault", "SIGSEGV");
}

TEST(Crash, AnAbortIsLaidAtThePluginsDoor) {
  expect_crash("abort", "SIGABRT");
}

TEST(Crash, AUsedUpStackIsLaidAtThePluginsDoor) {
  expect_crash("overflow", "SIGSEGV");
}

TEST(Crash, ATrapEndsTheProcessToo) {
  expect_crash("trap", "SIGTRAP");
}

std::string crash_in(uint32_t kind) {
  name_culprit_on_crash();
  Instance instance(Library::load(fixtures(), "crashing"), "here", "{}", inert_host());
  stoa_event event{};
  event.struct_size = sizeof event;
  event.kind = kind;
  event.event = {"fault", 5};
  (void)instance.handle(event);
  return "it lived";
}

TEST(Crash, BetweenVersionsNamesTheKindOfEvent) {
  const std::pair<uint32_t, const char*> kinds[] = {
      {STOA_EVENT_CONFIG, "configuration"}, {STOA_EVENT_SELF_TEST, "self-test"},
      {STOA_EVENT_EXPORT, "export"},        {STOA_EVENT_EXPORTED, "exported"},
      {STOA_EVENT_IMPORT, "import"},        {STOA_EVENT_JUDGE, "judge"},
      {STOA_EVENT_ATTACH, "attach"},        {STOA_EVENT_ATTACH + 1, "event"}};
  for (const auto& [kind, name] : kinds) {
    const ChildResult result = run_in_child([kind = kind] { return crash_in(kind); }, 60s);
    EXPECT_TRUE(result.said.ends_with(std::string(", event ") + name)) << result.said;
  }
}

TEST(Crash, InAPluginsOwnThreadNamesWhoseCodeItIs) {
  const ChildResult result = run_in_child([] { return crash_in_loop_thread("in a thread"); }, 60s);
  EXPECT_EQ(result.text, "SIGSEGV");
  EXPECT_EQ(result.said,
            "stoa: fatal SIGSEGV outside plugins' callbacks, in code of plugin crashing 1.0.0");
}

TEST(Crash, OfTheHostItselfBlamesNobody) {
  const ChildResult result = run_in_child(
      []() -> std::string {
        name_culprit_on_crash();
        ::raise(SIGBUS);
        return "it lived";
      },
      60s);
  EXPECT_EQ(result.text, "SIGBUS");
  EXPECT_EQ(result.said, "stoa: fatal SIGBUS outside plugins' callbacks");
}

}  // namespace
}  // namespace stoa::plugin
