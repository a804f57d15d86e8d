// What each command of `stoa ctl` asks, and how it shows the answer.
#include "ctl.h"

#include <filesystem>
#include <future>

#include "kit/server.h"

namespace stoa::ops {
namespace {

// clang-format off
const Json kStatus = Json::parse(R"({
  "server": {"pid": 4711, "version": "0.1.0", "abi": "1.0 to 1.1", "uptime_s": 7503, "rollout": 3,
             "connections": 12, "draining": false, "manifest": "/etc/stoa/stoa.toml"},
  "namespaces": [
    {"name": "chat", "stable": "v1", "members": 10, "paused": true,
     "note": "guard: v3 put out: errors 33 % against 0 %",
     "schedule": "v2: 25% since 5m, next 100% in 25m",
     "versions": [
      {"name": "v1", "plugin": "chat", "plugin_version": "1.0.0",
       "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
       "state": "serving", "run": "thread", "failures": 1,
       "trouble": "its thread does not return", "weight": 75, "matches": 0, "members": 9, "calls": 12345, "errors": 0,
       "denials": 0, "p99_us": 12, "since": "2026-11-23T09:00:00Z"},
      {"name": "v2", "plugin": "chat-v2", "plugin_version": "2.0.0",
       "sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
       "state": "serving", "run": "process", "failures": 2,
       "trouble": "its process ended: SIGSEGV", "weight": 25, "matches": 2, "members": 1, "calls": 7, "errors": 1,
       "denials": 0, "p99_us": 2750, "since": "2026-11-23T09:05:00Z"}]},
    {"name": "", "stable": "main", "members": 1, "paused": false, "note": "", "schedule": "",
     "versions": []}],
  "retired": [
    {"plugin": "chat", "version": "0.9.0",
     "sha256": "fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13",
     "bytes": 123456, "instances": 0, "last_used": "2026-11-23T08:59:59Z"}]})");

TEST_F(Ctl, StatusShowsTheServerItsNamespacesAndWhatIsRetired) {
  serve(kStatus);
  EXPECT_EQ(run_ctl({"status"}), 0);
  EXPECT_EQ(request(), Json({{"command", "status"}}));
  EXPECT_EQ(output,
R"(stoa 0.1.0 (plugin ABI 1.0 to 1.1), pid 4711, up 2 h 5 m
12 connections, rollout 3
manifest /etc/stoa/stoa.toml

chat: 10 members, stable v1, paused
  v2: 25% since 5m, next 100% in 25m
  guard: v3 put out: errors 33 % against 0 %
  v1 failed once: its thread does not return
  v2 failed 2 times, the last time: its process ended: SIGSEGV
  VERSION  STATE    RUN      WEIGHT  MATCHES  MEMBERS  CALLS  ERRORS  DENIALS     P99  SINCE                 PLUGIN
  v1       serving  thread     75 %        0        9  12345       0        0   12 us  2026-11-23T09:00:00Z  chat 1.0.0 9f86d081884c
  v2       serving  process    25 %        2        1      7       1        0  2.7 ms  2026-11-23T09:05:00Z  chat-v2 2.0.0 60303ae22b99

"": 1 member, stable main
  VERSION  STATE  RUN  WEIGHT  MATCHES  MEMBERS  CALLS  ERRORS  DENIALS  P99  SINCE  PLUGIN

retired, and still in memory:
  PLUGIN  VERSION  SHA-256            SIZE  INSTANCES  LAST USED
  chat    0.9.0    fd61a03af4f7  120.5 KiB          0  2026-11-23T08:59:59Z
)");
  EXPECT_EQ(errors, "");
}
// clang-format on

TEST_F(Ctl, JsonIsTheResultAsItCame) {
  serve(kStatus);
  EXPECT_EQ(run_ctl({"--json", "status"}), 0);
  EXPECT_EQ(output, kStatus.dump() + "\n");
  EXPECT_EQ(run_ctl({"status", "--json"}), 0);
  EXPECT_EQ(output, kStatus.dump() + "\n");
}

TEST_F(Ctl, PlanShowsWhatWouldChange) {
  serve(Json::parse(R"({"changes": [
    {"namespace": "chat", "version": "v2", "kind": "added",
     "text": "plugin chat-v2 (chat 2.0.0), 5 % of newcomers", "members": 0},
    {"namespace": "chat", "version": "v1", "kind": "reweighted", "text": "100 % to 95 %",
     "members": 12},
    {"namespace": "", "version": "", "kind": "namespace removed", "text": "", "members": 1}],
    "restart": ["[server] changed"]})"));
  EXPECT_EQ(run_ctl({"plan"}), 0);
  EXPECT_EQ(request(), Json({{"command", "plan"}}));
  EXPECT_EQ(output,
            "chat  v2  added              plugin chat-v2 (chat 2.0.0), 5 % of newcomers\n"
            "chat  v1  reweighted         100 % to 95 % (12 members)\n"
            "\"\"        namespace removed   (1 member)\n"
            "needs a restart: [server] changed\n");
}

TEST_F(Ctl, PlanNamesAManifestSoThatTheServerFindsIt) {
  serve(Json::parse(R"({"changes": [], "restart": []})"));
  EXPECT_EQ(run_ctl({"plan", "next.toml"}), 0);
  EXPECT_EQ(request()["config"], (std::filesystem::current_path() / "next.toml").string());
  EXPECT_EQ(run_ctl({"plan", "/etc/next.toml"}), 0);
  EXPECT_EQ(request()["config"], "/etc/next.toml");
  EXPECT_EQ(output, "nothing changes\n");
}

TEST_F(Ctl, ReloadShowsWhatChangedAndItsNumber) {
  serve(Json::parse(R"({"changes": [{"namespace": "chat", "version": "v2", "kind": "removed",
                        "text": "its plugin is gone", "members": 3}], "restart": [],
                        "rollout": 4})"));
  EXPECT_EQ(run_ctl({"reload"}), 0);
  EXPECT_EQ(request(), Json({{"command", "reload"}}));
  EXPECT_EQ(output, "chat  v2  removed  its plugin is gone (3 members)\nrollout 4\n");
}

TEST_F(Ctl, StepsAskForWhatTheirArgumentsSay) {
  serve(Json::parse(R"({"rollout": 5, "text": "chat: v1 80 %, v2 20 %"})"));
  const auto asked = [&](const Arguments& arguments) {
    EXPECT_EQ(run_ctl(arguments), 0) << errors;
    EXPECT_EQ(output, "chat: v1 80 %, v2 20 % (rollout 5)\n");
    return request().dump();
  };
  EXPECT_EQ(asked({"weight", "chat", "v2=20", "v3=0"}),
            R"({"command":"weight","namespace":"chat","weights":{"v2":20,"v3":0}})");
  EXPECT_EQ(asked({"promote", "chat", "v2"}),
            R"({"command":"promote","namespace":"chat","version":"v2"})");
  EXPECT_EQ(asked({"promote", "chat", "v2", "--schedule", "5% 10m, 100%"}),
            R"({"command":"promote","namespace":"chat","schedule":"5% 10m, 100%","version":"v2"})");
  EXPECT_EQ(asked({"rollback", "chat"}), R"({"command":"rollback","namespace":"chat"})");
  EXPECT_EQ(asked({"rollback", "chat", "--to", "3"}),
            R"({"command":"rollback","namespace":"chat","to":3})");
  EXPECT_EQ(asked({"retire", "chat", "v1"}),
            R"({"command":"retire","namespace":"chat","version":"v1"})");
  EXPECT_EQ(asked({"pause", "chat"}), R"({"command":"pause","namespace":"chat"})");
  EXPECT_EQ(asked({"resume", "chat"}), R"({"command":"resume","namespace":"chat"})");
}

TEST_F(Ctl, HistoryShowsTheRolloutsInColumns) {
  serve(Json::parse(R"({"rollouts": [
    {"number": 10, "time": "2026-11-23T09:10:00Z", "by": "root", "namespace": "chat",
     "text": "v1 80 %, v2 20 %", "members_moved": 10},
    {"number": 9, "time": "2026-11-23T09:00:00Z", "by": "uid 1000", "namespace": "",
     "text": "started", "members_moved": 0}]})"));
  EXPECT_EQ(run_ctl({"history"}), 0);
  EXPECT_EQ(request(), Json({{"command", "history"}}));
  EXPECT_EQ(output,
            "NUMBER  TIME                  BY        NAMESPACE  MOVED  WHAT\n"
            "    10  2026-11-23T09:10:00Z  root      chat          10  v1 80 %, v2 20 %\n"
            "     9  2026-11-23T09:00:00Z  uid 1000                 0  started\n");
  EXPECT_EQ(run_ctl({"history", "chat", "--count", "2"}), 0);
  EXPECT_EQ(request(), Json({{"command", "history"}, {"namespace", "chat"}, {"count", 2}}));
}

TEST_F(Ctl, HistoryMayBeEmpty) {
  serve(Json::parse(R"({"rollouts": []})"));
  EXPECT_EQ(run_ctl({"history"}), 0);
  EXPECT_EQ(output, "no rollouts yet\n");
}

TEST_F(Ctl, ProgressGoesToStandardErrorAsItComes) {
  std::promise<void> shown;
  serve([&](const Json&, const Progress& progress) -> Json {
    progress("9 of 10 members moved\x1b[2J");
    shown.get_future().wait_for(kPatience);
    return {{"rollout", 5}, {"text", "done"}};
  });
  kit::Process step(ctl({"promote", "chat", "v2", "--json"}));
  EXPECT_TRUE(step.wait_for_log("9 of 10 members moved\\x1b[2J\n")) << step.log();
  EXPECT_EQ(step.output(), "");
  shown.set_value();
  EXPECT_EQ(step.wait_exit(), 0);
  EXPECT_EQ(step.output(), "{\"rollout\":5,\"text\":\"done\"}\n");
}

TEST_F(Ctl, ShowsNothingThatWouldSteerATerminal) {
  Json status = kStatus;
  status["namespaces"][0]["name"] = "a\nb\x1b[31m";
  status["namespaces"][0]["versions"][0]["plugin"] = "\x07";
  serve(status);
  EXPECT_EQ(run_ctl({"status"}), 0);
  EXPECT_NE(output.find("a\\nb\\x1b[31m: 10 members"), std::string::npos) << output;
  EXPECT_EQ(output.find_first_of("\x1b\x07"), std::string::npos);
}

TEST_F(Ctl, ShowsWhatItUnderstandsOfAServerOfAnotherVersion) {
  serve(Json::parse(R"({"server": 1, "retired": "none", "namespaces": [1, {"name": 7,
      "members": -1, "versions": {"v1": {"weight": "all", "name": "v1"}}}], "more": {}})"));
  EXPECT_EQ(run_ctl({"status"}), 0);
  EXPECT_NE(output.find("v1"), std::string::npos) << output;
  for (const char* command : {"plan", "history"}) EXPECT_EQ(run_ctl({command}), 0);
  serve(Json::object());
  for (const char* command : {"status", "plan", "history"}) EXPECT_EQ(run_ctl({command}), 0);
}

TEST_F(Ctl, FindsTheSocketByAVariable) {
  serve(Json::parse(R"({"rollouts": []})"));
  const Arguments command = {kit::stoa_binary().string(), "ctl", "history"};
  EXPECT_EQ(run(command, {{"STOA_CONTROL_SOCKET", path().string()}}), 0);
  EXPECT_EQ(output, "no rollouts yet\n");
}

}  // namespace
}  // namespace stoa::ops
