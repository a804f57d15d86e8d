// One WebSocket connection, as seen from a plugin.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../detail/link.hpp"
#include "store.hpp"

namespace stoa {

struct Answer;

// What is called with an answer, where the instance's events run.
using OnAnswer = std::function<void(const Answer&)>;

// A connection of which only that is known: it may or may not be in the plugin's namespace. A small
// handle, valid as long as the plugin: copy it, keep it, hand it to a thread. If the connection is
// gone, questions find nothing and commands answer kStale. Any thread.
class Connection {
 public:
  Connection(detail::Link& link, stoa_connection number) : link_(&link), number_(number) {}

  // Who it is: a UUID, or the id that a plugin gave it while it opened.
  [[nodiscard]] std::string id() const { return fact(STOA_FACT_ID).value_or(""); }

  // The user that a plugin named while it opened; empty if none did.
  [[nodiscard]] std::string user() const { return fact(STOA_FACT_USER).value_or(""); }

  // The peer's address, numeric, without the port.
  [[nodiscard]] std::string address() const { return fact(STOA_FACT_ADDRESS).value_or(""); }

  // Of the request: its path, a header (in any case; the manifest's `headers` says which are kept),
  // a query parameter, decoded.
  [[nodiscard]] std::string path() const { return fact(STOA_FACT_PATH).value_or(""); }
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const {
    return fact(STOA_FACT_HEADER, name);
  }
  [[nodiscard]] std::optional<std::string> query(std::string_view name) const {
    return fact(STOA_FACT_QUERY, name);
  }

  // How often the client says it tried before: 0 for a first connect.
  [[nodiscard]] unsigned long reconnects() const {
    return std::strtoul(fact(STOA_FACT_RECONNECTS).value_or("0").c_str(), nullptr, 10);
  }

  // Where it is: its namespaces, and its rooms in this one.
  [[nodiscard]] std::vector<std::string> namespaces() const { return facts(STOA_FACT_NAMESPACES); }
  [[nodiscard]] std::vector<std::string> rooms() const { return facts(STOA_FACT_ROOMS); }

  // Its own store, shared by all namespaces and gone with it.
  [[nodiscard]] Store store() const { return {*link_, number_}; }

  // Connects it to the plugin's namespace, or disconnects it, from the server's side: an ask to the
  // client. `done`, if given, is called once with the outcome if the status is kOk, else never. On
  // a connection that is still opening, connect() is carried out once it is open.
  Status connect(OnAnswer done = nullptr) const;
  Status disconnect(OnAnswer done = nullptr) const;

  // The same for another namespace of the server. kNotFound: there is none of that name.
  Status connect_to(std::string_view ns, OnAnswer done = nullptr) const;
  Status disconnect_from(std::string_view ns, OnAnswer done = nullptr) const;

  // Disconnects it from every namespace; the connection itself stays open.
  Status disconnect_all(OnAnswer done = nullptr) const;

  // Ends it, after what was sent before is out. `code` is 1000, 1001, 1003, 1007..1011 or
  // 3000..4999; `reason` is cut at 123 bytes.
  Status close(uint16_t code, std::string_view reason = "") const {
    return link_->call(&stoa_host::close, number_, code, detail::bytes(reason));
  }

  // The host's number for it: a key for maps. Never 0, and not used again.
  [[nodiscard]] stoa_connection number() const { return number_; }

  friend bool operator==(const Connection& one, const Connection& other) {
    return one.number_ == other.number_;
  }

 protected:
  [[nodiscard]] detail::Link& link() const { return *link_; }

  // Calls the host with a cookie that brings the outcome to `done`, or with 0 if nobody wants it.
  template <class Start>
  Status tell(OnAnswer done, Start start) const;

 private:
  [[nodiscard]] std::optional<std::string> fact(uint32_t which, std::string_view key = "") const {
    std::optional<std::string> found;
    const detail::Sink sink([&found](std::string_view item) { found = item; });
    (void)link_->call(&stoa_host::fact, number_, which, detail::bytes(key), sink.raw());
    sink.rethrow();
    return found;
  }

  [[nodiscard]] std::vector<std::string> facts(uint32_t which) const {
    std::vector<std::string> found;
    const detail::Sink sink([&found](std::string_view item) { found.emplace_back(item); });
    (void)link_->call(&stoa_host::fact, number_, which, detail::bytes(""), sink.raw());
    sink.rethrow();
    return found;
  }

  detail::Link* link_;
  stoa_connection number_;
};

// A connection that opens, before it is in any namespace: the argument of on.open(). Once its
// opening was answered, set_id() and set_user() answer kState.
class Opening : public Connection {
 public:
  using Connection::Connection;

  // Who it is to all plugins and, for the id (1..255 bytes), to its client.
  Status set_id(std::string_view id) const {
    return link().call(&stoa_host::set_id, number(), detail::bytes(id));
  }
  Status set_user(std::string_view user) const {
    return link().call(&stoa_host::set_user, number(), detail::bytes(user));
  }
};

}  // namespace stoa
