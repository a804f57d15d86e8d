// A server whose versions change while it serves.
#pragma once

#include <filesystem>
#include <string>

#include "kit/control.h"
#include "kit/temporary_folder.h"
#include "session.h"

namespace stoa::behaviour {

// A folder that plugins are loaded from, and into which the test puts those that it wants.
class PluginFolder {
 public:
  // Puts a plugin of this build there, shipped or fixture, under its own name or another one. It
  // takes the place of what is there by renaming, as installers do.
  void install(const std::string& plugin, const std::string& as = {}) const;
  [[nodiscard]] std::filesystem::path path() const { return folder_.path(); }
  [[nodiscard]] std::filesystem::path file(const std::string& plugin) const {
    return folder_.path() / (plugin + ".so");
  }

 private:
  kit::TemporaryFolder folder_;
};

[[nodiscard]] std::string contents(const std::filesystem::path& file);

// What of a manifest these tests care about.
struct Served {
  std::string namespaces;
  std::string rollout = {};      // more lines of [rollout]
  std::string server = {};       // and of [server]
  std::string plugin_keys = {};  // and of [plugins]
  std::filesystem::path plugins = kit::fixture_plugins();
  uint32_t workers = 2;
  kit::Process::Variables variables = {};
};

// A namespace with one plugin, and `more` lines of its own.
[[nodiscard]] std::string served(const std::string& ns, const std::string& plugin,
                                 const std::string& more = {});
// One of the versions of a namespace.
[[nodiscard]] std::string version(const std::string& ns, const std::string& name,
                                  const std::string& plugin, const std::string& more = {});

class RollingServer {
 public:
  explicit RollingServer(const Served& served);

  kit::Server& server() { return server_; }
  [[nodiscard]] const kit::Control& control() const { return control_; }
  [[nodiscard]] const std::string& url() const { return server_.url(); }
  [[nodiscard]] std::string log() const { return server_.log(); }
  // Waits until the log says it.
  bool says(const std::string& text) { return server_.process().wait_for_log(text); }

  // The manifest has these namespaces from now on; nothing is said to the server.
  void write(const std::string& namespaces);
  // All of it is this.
  void write_all(const std::string& text) const { server_.folder().write("stoa.toml", text); }
  // And `stoa ctl reload`: what it says, or why it is refused.
  kit::Json reload(const std::string& namespaces);
  std::string refusal(const std::string& namespaces);
  // What other keys than those of namespaces are.
  Served& rest() { return served_; }
  [[nodiscard]] std::string manifest() const;

 private:
  Served served_;
  kit::Server server_;
  kit::Control control_;
};

inline const std::vector<std::string> kUndisturbed = {" _OnNamespaceConnect",
                                                      " _OnNamespaceConnected"};

// A client that is in a namespace.
class Guest {
 public:
  explicit Guest(const std::string& url, const std::string& ns = "room");

  std::string ask(const std::string& event, const std::string& body = {}) {
    return place.ask(event, body);
  }
  // What it saw happen in the namespace so far; kUndisturbed if that is only that it came in.
  [[nodiscard]] std::vector<std::string> story() { return client.events().story(place.ns()); }

  kit::Client client;
  kit::Place place;
};

// The same as a socket, of which a test can have hundreds, and which sees what is on the wire.
class RawGuest {
 public:
  explicit RawGuest(uint16_t port, const std::string& ns = "room", const std::string& path = "/",
                    const std::string& headers = {});

  // The answer.
  std::string ask(const std::string& event, const std::string& body = {});
  // Waits until the server says that it is out, and returns with what words.
  std::string sent_away();

 private:
  // The body of the next message of this event.
  std::string body_of(const std::string& event);

  kit::RawSocket socket_;
  const std::string ns_;
};

}  // namespace stoa::behaviour
