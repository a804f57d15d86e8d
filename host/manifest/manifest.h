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

// [plugins]
struct Plugins {
  std::filesystem::path directory = "plugins";  // relative to the manifest

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
  uint32_t max_retired = 32;           // libraries that nobody uses any more; a warning beyond
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
  uint32_t line = 0;               // where it stands in the file, for messages

  friend bool operator==(const Version& a, const Version& b) {
    return a.name == b.name && a.plugin == b.plugin && a.config_json == b.config_json &&
           a.weight == b.weight && a.schedule == b.schedule && a.matches == b.matches &&
           a.sha256 == b.sha256;
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

// [namespace.NAME]
struct Namespace {
  std::string name;
  std::vector<Version> versions;   // one to 16, in the file's order; the first is the stable one
  uint32_t max_message_bytes = 0;  // 0: the server's
  uint32_t ask_timeout_ms = 0;     // 0: the server's
  std::vector<Departure> departure = usual_departure();
  uint32_t stay_ms = 600'000;
  Guard guard;
  uint32_t line = 0;  // where it stands in the file, for messages

  friend bool operator==(const Namespace& a, const Namespace& b) {
    return a.name == b.name && a.versions == b.versions &&
           a.max_message_bytes == b.max_message_bytes && a.ask_timeout_ms == b.ask_timeout_ms &&
           a.departure == b.departure && a.stay_ms == b.stay_ms && a.guard == b.guard;
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
