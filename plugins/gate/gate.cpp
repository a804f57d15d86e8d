// Teaches: who may come in. Refuses connections, names users, keeps a namespace for some of them.
//
// A connection shows its token in the header X-Token or the query parameter `token`. Its config:
//
//   tokens     a table from token to user, e.g. { s3cret = "ada" }
//   admins     the users that may connect to this namespace, e.g. ["ada"]
//   anonymous  whether a connection without a token is let in; default true
//
//   whoami     replies with the user
#include <algorithm>
#include <map>
#include <stoa/plugin.hpp>
#include <string>
#include <vector>

class Gate : public stoa::Plugin {
 public:
  explicit Gate(const stoa::Setup& setup)
      : Plugin(setup),
        users_(config().get("tokens", std::map<std::string, std::string>())),
        admins_(config().get("admins", std::vector<std::string>())),
        anonymous_(config().get("anonymous", true)) {
    config().only({"tokens", "admins", "anonymous"});
  }

  static void handlers(stoa::Handlers<Gate>& on) {
    on.open(&Gate::open);
    on.connect(&Gate::connect);
    on("whoami", [](stoa::Member member) { return member.user(); });
  }

 private:
  stoa::Result open(stoa::Opening connection) {
    const auto header = connection.header("X-Token");
    const auto token = header ? header : connection.query("token");
    if (!token && !anonymous_) return stoa::deny("token required");
    if (!token) return {};

    const auto found = users_.find(*token);
    if (found == users_.end()) return stoa::deny("bad token");
    connection.set_user(found->second);
    return {};
  }

  stoa::Result connect(stoa::Connection connection) {
    const bool admin = std::ranges::find(admins_, connection.user()) != admins_.end();
    return admin ? stoa::Result() : stoa::deny("admins only");
  }

  const std::map<std::string, std::string> users_;  // by token
  const std::vector<std::string> admins_;
  const bool anonymous_;
};

STOA_PLUGIN(Gate, "gate", "1.0.0")
