#include "rollout.h"

#include <fstream>
#include <iterator>

namespace stoa::behaviour {
namespace fs = std::filesystem;
namespace {

kit::Client& declared(kit::Client& client, const std::string& ns) {
  client.declare(ns);
  return client;
}

kit::Manifest manifest_of(const Served& served) {
  return {.workers = served.workers,
          .server = served.server,
          .rest = served.plugin_keys + served.namespaces + kit::kControlSocket + "[rollout]\n" +
                  served.rollout,
          .plugins = served.plugins};
}

}  // namespace

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void PluginFolder::install(const std::string& plugin, const std::string& as) const {
  fs::path source = kit::fixture_plugins() / (plugin + ".so");
  if (!fs::exists(source)) source = kit::shipped_plugins() / (plugin + ".so");
  const fs::path incoming = path() / "incoming";
  fs::copy_file(source, incoming);
  fs::permissions(incoming, fs::perms::group_write | fs::perms::others_write,
                  fs::perm_options::remove);
  fs::rename(incoming, file(as.empty() ? plugin : as));
}

std::string served(const std::string& ns, const std::string& plugin, const std::string& more) {
  return "[namespace." + ns + "]\nplugin = \"" + plugin + "\"\n" + more + "\n";
}

std::string version(const std::string& ns, const std::string& name, const std::string& plugin,
                    const std::string& more) {
  return "[[namespace." + ns + ".version]]\nname = \"" + name + "\"\nplugin = \"" + plugin +
         "\"\n" + more + "\n";
}

RollingServer::RollingServer(const Served& served)
    : served_(served), server_(manifest_of(served), served.variables), control_(server_) {}

std::string RollingServer::manifest() const {
  return manifest_of(served_).text();
}

void RollingServer::write(const std::string& namespaces) {
  served_.namespaces = namespaces;
  write_all(manifest());
}

kit::Json RollingServer::reload(const std::string& namespaces) {
  write(namespaces);
  return control_.take({"reload"});
}

std::string RollingServer::refusal(const std::string& namespaces) {
  write(namespaces);
  return control_.refusal({"reload"});
}

Guest::Guest(const std::string& url, const std::string& ns)
    : client(url), place(declared(client, ns).connect(ns)) {}

RawGuest::RawGuest(uint16_t port, const std::string& ns, const std::string& path,
                   const std::string& headers)
    : socket_(port), ns_(ns) {
  EXPECT_EQ(socket_.handshake(path, headers), 101);
  socket_.send_text("M");
  socket_.receive_message();
  socket_.send_text("$1;" + ns + ";;_OnNamespaceConnect;0;0;");
  socket_.receive_message();
}

std::string RawGuest::ask(const std::string& event, const std::string& body) {
  socket_.send_text("$2;" + ns_ + ";;" + event + ";0;0;" + body);
  return body_of(event);
}

std::string RawGuest::sent_away() {
  return body_of("_OnNamespaceDisconnect");
}

std::string RawGuest::body_of(const std::string& event) {
  for (;;) {
    const std::string message = socket_.receive_message();
    if (message.empty()) return "nothing came";
    const std::string head = ";" + ns_ + ";;" + event + ";0;0;";
    const std::size_t at = message.find(head);
    if (at != std::string::npos) return message.substr(at + head.size());
  }
}

}  // namespace stoa::behaviour
