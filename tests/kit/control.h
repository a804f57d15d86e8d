// `stoa ctl`, for a server whose manifest has kControlSocket:
//
//   kit::Control control(server);
//   control.take({"weight", "chat", "v2=20"});
//   EXPECT_EQ(control.version("chat", "v2")["weight"], 20);
//   EXPECT_EQ(control.refusal({"retire", "chat", "v3"}), "Namespace \"chat\" has no version ...");
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "server.h"

namespace stoa::kit {

using Json = nlohmann::json;

// In the server's temporary folder, whose name is short.
inline constexpr char kControlSocket[] = "[control]\nsocket = \"control.sock\"\n";

// Borrows the server.
class Control {
 public:
  using Arguments = std::vector<std::string>;
  struct Told {
    int exit = -1;
    std::string out;
    std::string err;
  };

  explicit Control(const Server& server) : server_(server) {}

  // Begins a command, and runs one to its end.
  [[nodiscard]] std::unique_ptr<Process> begin(const Arguments& command) const;
  Told run(const Arguments& command) const;
  // The result of a command that succeeds, as JSON; the test fails otherwise.
  Json take(const Arguments& command) const;
  // The sentence by which one is refused; the test fails if it is not.
  std::string refusal(const Arguments& command) const;

  [[nodiscard]] Json status() const { return take({"status"}); }
  // What the status says of a namespace, or of its first version of that name; null if it is not
  // there.
  [[nodiscard]] Json ns(const std::string& name) const;
  [[nodiscard]] Json version(const std::string& ns, const std::string& name) const;
  // The namespaces as they are, without what calls count.
  [[nodiscard]] Json state() const;
  // Asks for the status until it is so. The test fails if that does not happen.
  void wait_until(const std::function<bool()>& is_so) const;

 private:
  const Server& server_;
};

}  // namespace stoa::kit
