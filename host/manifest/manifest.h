// The manifest: what the operator's TOML file says, as plain values with their defaults.
//
// This header is the schema: the reader, conf/stoa.toml and its test follow it. Times are
// milliseconds, sizes are bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stoa::manifest {

// A place to listen on: a numeric address (IPv4, or IPv6 in brackets in the file) and a port, where
// 0 lets the system choose one.
struct Listen {
  std::string address;
  uint16_t port = 0;

  friend bool operator==(const Listen&, const Listen&) = default;
};

// [server]
struct Server {
  std::vector<Listen> listen = {{"127.0.0.1", 8080}};
  std::string path = "/";            // the WebSocket endpoint
  uint32_t workers = 0;              // loop threads; 0: one per core; at most 64
  std::vector<std::string> headers;  // request headers kept beside the well-known ones, for plugins

  uint32_t max_connections = 10'000;       // refused with 503 beyond; 1..10,000,000
  uint32_t max_message_bytes = 64 * 1024;  // of a whole message; 1009 beyond; 125..16 MiB
  uint32_t max_namespaces_per_connection = 32;
  uint32_t max_rooms_per_connection = 256;
  uint32_t receive_buffer_bytes = 64 * 1024;  // the most that one read takes from a socket

  uint32_t handshake_timeout_ms = 10'000;    // from accept to the end of the request's headers
  uint32_t acknowledge_timeout_ms = 10'000;  // from the upgrade to the client's first frame
  uint32_t ping_interval_ms = 25'000;        // after this long without a frame from the client
  uint32_t pong_timeout_ms = 10'000;         // closed this long after an unanswered ping
  uint32_t ask_timeout_ms = 10'000;          // when the asker named none
  uint32_t send_queue_bytes = 1024 * 1024;   // waiting for one client; closed 3008 beyond
  uint32_t send_timeout_ms = 10'000;         // a write without progress; cut off (1006) beyond

  uint32_t drain_grace_ms = 10'000;  // over which clients are told to go; 0..120,000

  friend bool operator==(const Server&, const Server&) = default;
};

// [log]
struct Log {
  std::string level = "info";  // trace, debug, info, warn or error

  friend bool operator==(const Log&, const Log&) = default;
};

// Where a plugin's code runs.
enum class Run : uint8_t {
  kLoop,     // on the threads that serve connections
  kThread,   // on one of its own
  kProcess,  // in a process of its own
};

// "loop", "thread" or "process".
[[nodiscard]] std::string_view run_text(Run run);
[[nodiscard]] std::optional<Run> run_named(std::string_view text);

// [plugins]
struct Plugins {
  std::filesystem::path directory = "plugins";  // relative to the manifest
  Run run = Run::kThread;                       // where neither a version nor its namespace says
  uint32_t slow_callback_ms = 100;              // beyond, a callback is told of; 10..1 hour
  uint32_t stuck_callback_ms = 10'000;          // then its version has failed; 100..1 hour

  friend bool operator==(const Plugins&, const Plugins&) = default;
};

// [control]: the socket through which `stoa` commands reach a running server.
struct Control {
  std::filesystem::path socket;  // of a Unix socket, relative to the manifest; empty: none
  uint32_t socket_mode = 0600;   // its permissions; nothing for others

  friend bool operator==(const Control&, const Control&) = default;
};

// [rollout]
struct Rollout {
  std::filesystem::path state;         // a folder, relative to the manifest; empty: not remembered
  uint32_t max_retired = 32;           // mapped libraries that nobody uses; a warning beyond
  uint32_t stage_timeout_ms = 30'000;  // for a new version's create() and its self-test
  uint32_t history = 100;              // rollouts that are remembered; the oldest go first

  friend bool operator==(const Rollout&, const Rollout&) = default;
};

// [[static]]
struct StaticFolder {
  std::string url;               // begins and ends with "/"
  std::filesystem::path folder;  // relative to the manifest

  friend bool operator==(const StaticFolder&, const StaticFolder&) = default;
};

// One item of a version's `match`: newcomers of whom it is true get that version.
struct Match {
  enum class Kind : uint8_t { kHeader, kQuery, kUser, kAddress };

  Kind kind = Kind::kUser;
  std::string name;   // of the header, in lower case, or of the query's parameter; else empty
  std::string value;  // what it must equal; for an address, a network like "10.0.0.0/8"

  friend bool operator==(const Match&, const Match&) = default;
};

// One step of a rollout. See schedule.h for its text.
struct Step {
  uint32_t percent = 100;  // of the newcomers
  uint64_t hold_ms = 0;    // until the next step; 0 for the last one

  friend bool operator==(const Step&, const Step&) = default;
};

// [[namespace.NAME.version]], or the namespace itself if it has only one.
struct Version {
  std::string name = "v1";
  std::string plugin;              // file name under the plugin directory, with or without ".so"
  std::string config_json = "{}";  // the `config` table as JSON text
  uint32_t weight = 100;           // percent of the newcomers; those of a namespace make 100
  std::vector<Step> schedule;      // by which the weight grows from its first step; may be empty
  std::vector<Match> matches;      // looked at before the weights, in the file's order
  std::string sha256;              // the only file that is accepted, in hexadecimal; empty: any
  std::optional<Run> run;          // there once the manifest was read
  uint32_t line = 0;               // where it stands in the file, for messages

  friend bool operator==(const Version& a, const Version& b) {
    return a.name == b.name && a.plugin == b.plugin && a.config_json == b.config_json &&
           a.weight == b.weight && a.schedule == b.schedule && a.matches == b.matches &&
           a.sha256 == b.sha256 && a.run == b.run;
  }
};

// What becomes of the members of a version that goes. Each is tried after the one before it.
enum class Departure : uint8_t {
  kStay,       // until they leave, or stay_ms are over
  kMove,       // to another version, which takes over what this one knows of them
  kReconnect,  // disconnected and connected again by the server
};

// To move, else to reconnect. A function, because GCC 12 takes a list of two in its place in a
// struct for uninitialised.
[[nodiscard]] std::vector<Departure> usual_departure();

// [namespace.NAME.guard]: when a version on trial is bad. 0 asks for no such condition.
struct Guard {
  uint32_t window_ms = 60'000;    // over which it is looked at
  uint32_t min_count = 100;       // calls of it and of the stable one; fewer are not judged
  uint32_t errors_percent = 5;    // percentage points above the stable version's share
  uint32_t denials_percent = 10;  // the same, of connects and joins that are denied
  uint32_t p99_percent = 300;     // of the stable version's 99th percentile of callback times
  uint32_t crashes = 1;           // of its process; in the server's, of that

  friend bool operator==(const Guard&, const Guard&) = default;
};

// [namespace.NAME.process]: what a plugin's process may not do, and may have of everything. 0 is no
// bound beyond the server's own. See remote/confinement.h for what each of them is.
struct Process {
  std::string user;  // empty: the server's
  bool no_new_privileges = true;
  bool seccomp = true;
  bool network = true;
  bool core = false;
  uint64_t memory_bytes = 0;
  uint32_t cpu_seconds = 0;
  uint32_t open_files = 0;
  uint32_t threads = 0;
  uint32_t nice = 0;
  std::vector<std::string> environment;  // names of variables that it gets beside a few usual ones
  uint32_t max_crashes = 3;              // within the window; then it stays away
  uint32_t crash_window_ms = 300'000;

  friend bool operator==(const Process&, const Process&) = default;
};

// What becomes of a client's message for a plugin whose queue is full.
enum class WhenFull : uint8_t {
  kPushBack,    // it is queued, and its sender is not read until half of the queue is handled
  kDropNewest,  // it is dropped; an ask is answered "handler busy"
  kRefuse,      // its sender is answered "handler busy"
};

// [namespace.NAME.queue]: what may wait for each version that does not run on the loop.
struct Queue {
  uint32_t max_messages = 10'000;            // some seconds of work for a slow handler
  uint32_t max_bytes = 16 * 1024 * 1024;     // of their rooms, events and bodies
  WhenFull when_full = WhenFull::kPushBack;  // loses nothing

  friend bool operator==(const Queue&, const Queue&) = default;
};

// [namespace.NAME]
struct Namespace {
  std::string name;
  std::vector<Version> versions;   // one to 16, in the file's order; the first is the stable one
  std::optional<Run> run;          // of versions that do not say it themselves
  uint32_t threads = 1;            // of each version on threads of its own; 1..64
  uint32_t max_message_bytes = 0;  // 0: the server's
  uint32_t ask_timeout_ms = 0;     // 0: the server's
  uint32_t send_weight = 10;       // its share of a connection, beside those of others; 1..100
  std::vector<Departure> departure = usual_departure();
  uint32_t stay_ms = 600'000;
  Guard guard;
  Queue queue;
  Process process;    // of those versions that run in one
  uint32_t line = 0;  // where it stands in the file, for messages

  friend bool operator==(const Namespace& a, const Namespace& b) {
    return a.name == b.name && a.versions == b.versions &&
           a.max_message_bytes == b.max_message_bytes && a.ask_timeout_ms == b.ask_timeout_ms &&
           a.send_weight == b.send_weight && a.departure == b.departure && a.stay_ms == b.stay_ms &&
           a.guard == b.guard && a.queue == b.queue && a.threads == b.threads &&
           a.process == b.process;
  }
};

struct Manifest {
  std::filesystem::path file;
  Server server;
  Log log;
  Plugins plugins;
  Control control;
  Rollout rollout;
  std::vector<StaticFolder> static_folders;
  std::vector<Namespace> namespaces;  // in the file's order
};

// Looks up an environment variable; empty optional if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// That of this process. REQUIRES: nobody changes it meanwhile.
[[nodiscard]] std::optional<std::string> process_environment(const std::string& name);

// Reads `file`, then lets variables like STOA_SERVER_LISTEN and STOA_SERVER_MAX_CONNECTIONS replace
// values of [server], [log], [plugins], [control] and [rollout]. Paths come out absolute. Throws
// report::StartupError whose text lists every problem of the file, one a line, each as
// "FILE:LINE:COLUMN: KEY: what was found and what is wanted".
Manifest load(const std::filesystem::path& file, const Environment& environment);

// The same from text, for tests and fuzzing; `file` is only a name.
Manifest parse(std::string_view text, const std::filesystem::path& file,
               const Environment& environment);

}  // namespace stoa::manifest
