#include "rollout.h"

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
          .rest = served.namespaces + kit::kControlSocket + "[rollout]\n" + served.rollout,
          .plugins = served.plugins};
}

}  // namespace

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

}  // namespace stoa::behaviour
