#include "dialect.h"

namespace stoa::bench {
namespace {

// The first tokens of a connection's asks; the measured ones are longer.
std::string token_of(std::size_t n) {
  return "$" + std::to_string(n);
}

std::vector<Step> neffos_opening(const std::string& ns, const std::vector<std::string>& rooms) {
  std::vector<Step> steps = {{"M", "A"}};
  const auto ask = [&](const std::string& room, const std::string& event_name) {
    const std::string token = token_of(steps.size());
    steps.push_back({token + ";" + ns + ";" + room + ";" + event_name + ";0;0;", token + ";;;;;;"});
  };
  ask("", "_OnNamespaceConnect");
  for (const std::string& room : rooms) ask(room, "_OnRoomJoin");
  return steps;
}

std::vector<Step> socket_io_opening(const std::vector<std::string>& rooms) {
  std::vector<Step> steps = {{"", "0{"}, {"40", "40"}};
  for (const std::string& room : rooms) steps.push_back({"420[\"join\",\"" + room + "\"]", "430"});
  return steps;
}

}  // namespace

std::string request_target(Dialect dialect) {
  return dialect == Dialect::kSocketIo ? "/socket.io/?EIO=4&transport=websocket" : "/";
}

std::vector<Step> opening(Dialect dialect, const std::string& ns,
                          const std::vector<std::string>& rooms) {
  switch (dialect) {
    case Dialect::kNeffos:
      return neffos_opening(ns, rooms);
    case Dialect::kSocketIo:
      return socket_io_opening(rooms);
    case Dialect::kPlain:
      break;
  }
  return {};
}

Envelope event(Dialect dialect, const std::string& ns, const std::string& room,
               const std::string& name) {
  if (dialect == Dialect::kSocketIo) return {"42[\"" + name + "\",\"", "\"]"};
  return {";" + ns + ";" + room + ";" + name + ";0;0;", ""};
}

Envelope question(Dialect dialect, const std::string& ns, const std::string& name,
                  const std::string& token) {
  if (dialect == Dialect::kSocketIo) return {"42" + token + "[\"" + name + "\",\"", "\"]"};
  return {"$" + token + ";" + ns + ";;" + name + ";0;0;", ""};
}

Envelope answer(Dialect dialect, const std::string& ns, const std::string& name,
                const std::string& token) {
  if (dialect == Dialect::kSocketIo) return {"43" + token + "[\"", "\"]"};
  return question(dialect, ns, name, token);
}

std::string_view sign_of_life(Dialect dialect, std::string_view message) {
  return dialect == Dialect::kSocketIo && message == "2" ? "3" : "";
}

}  // namespace stoa::bench
