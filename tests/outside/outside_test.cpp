#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>

#include "cli/inspect.h"
#include "folder.h"
#include "plugin/inert_host.h"
#include "plugin/instance.h"

namespace stoa::plugin {
namespace {

namespace fs = std::filesystem;

const fs::path kSdk = STOA_SDK;

// Configures and builds the project in `source` with nothing but the installed SDK.
void build(const fs::path& source, const Folder& into) {
  const std::string log = (into.path() / "log").string();
  const std::string tree = into.path().string();
  const std::string cmake = "\"" STOA_CMAKE "\"";
  const std::string command = cmake + " -S " + source.string() + " -B " + tree +
                              " -DCMAKE_PREFIX_PATH=" + kSdk.string() + " " STOA_LINK_OPTIONS " >" +
                              log + " 2>&1 && " + cmake + " --build " + tree + " >>" + log +
                              " 2>&1";
  ASSERT_EQ(std::system(command.c_str()), 0) << read_file(log);
}

int32_t keep_answer(const stoa_host* host, stoa_reply, const stoa_answer* answer) {
  static_cast<std::string*>(host->context)->assign(answer->body.data, answer->body.size);
  return STOA_OK;
}

// What the plugin answers to the event "hello".
std::string greeting(const Folder& built, std::string_view plugin, std::string_view name) {
  std::string heard;
  stoa_host host = inert_host();
  host.context = &heard;
  host.answer = keep_answer;
  Instance instance(Library::load(built.path() / "plugins", plugin), "greetings", "{}", host);
  stoa_event event{};
  event.struct_size = sizeof event;
  event.kind = STOA_EVENT_MESSAGE;
  event.flags = STOA_EVENT_ASK;
  event.by = STOA_BY_CLIENT;
  event.index = instance.library().interests().event_index("hello");
  event.connection = 1;
  event.reply = 1;
  event.event = {"hello", 5};
  event.body = {name.data(), name.size()};
  EXPECT_EQ(instance.handle(event), STOA_OK);
  return heard;
}

void expect_faultless(const fs::path& plugin) {
  std::ostringstream out;
  EXPECT_EQ(cli::run_inspect(plugin, false, out), 0) << out.str();
}

TEST(Outside, APluginInCIsBuiltLoadedAndAnswers) {
  const Folder built;
  ASSERT_NO_FATAL_FAILURE(build(kSdk / "share/stoa/templates/c", built));
  expect_faultless(built.path() / "plugins/hello_c.so");
  EXPECT_EQ(greeting(built, "hello_c", "Ada"), "Hello, Ada!");
}

TEST(Outside, APluginInCppIsBuiltLoadedAndAnswers) {
  const Folder built;
  ASSERT_NO_FATAL_FAILURE(build(kSdk / "share/stoa/templates/cpp", built));
  expect_faultless(built.path() / "plugins/hello_cpp.so");
  EXPECT_EQ(greeting(built, "hello_cpp", "Ada"), "Hello, Ada!");
}

TEST(Outside, AProgramWithTheClientIsBuiltAndRuns) {
  const Folder built;
  ASSERT_NO_FATAL_FAILURE(build(fs::path(STOA_OUTSIDE) / "client", built));
  EXPECT_EQ(std::system((built.path() / "caller").c_str()), 0);
}

}  // namespace
}  // namespace stoa::plugin
