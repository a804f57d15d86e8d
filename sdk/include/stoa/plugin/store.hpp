// Small values that the host keeps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "../detail/link.hpp"
#include "body.hpp"

namespace stoa {

// Keys and values: of one connection (member.store(): shared by all namespaces, gone with it) or of
// the namespace (plugin.store(): shared by all instances that serve it, so it outlives a version of
// the plugin). Keys have 1..255 bytes, values at most 64 KiB. A string is stored as it is, any
// other value as JSON. A small handle: copy it freely. Any thread.
class Store {
 public:
  Store(detail::Link& link, stoa_connection owner) : link_(&link), owner_(owner) {}

  // Nothing if there is no such key, or the connection is gone.
  [[nodiscard]] std::optional<std::string> get(std::string_view key) const {
    std::optional<std::string> found;
    const detail::Sink sink([&found](std::string_view value) { found = value; });
    (void)link_->call(&stoa_host::store_get, owner_, detail::bytes(key), sink.raw());
    sink.rethrow();
    return found;
  }

  // The same as a value: nothing also if what is stored is no T in JSON.
  template <JsonReadable T>
  [[nodiscard]] std::optional<T> get(std::string_view key) const {
    const std::optional<std::string> found = get(key);
    if (!found) return std::nullopt;
    try {
      return detail::from_json_text<T>(*found);
    } catch (const PayloadError&) {
      return std::nullopt;
    }
  }

  // kLimit: the store is full, or the value too large.
  Status set(std::string_view key, const Body& value) const {
    return link_->call(&stoa_host::store_set, owner_, detail::bytes(key),
                       detail::bytes(value.bytes()));
  }

  // kNotFound: there was none.
  Status erase(std::string_view key) const {
    return link_->call(&stoa_host::store_delete, owner_, detail::bytes(key));
  }

  // Adds to a decimal number, atomically, and returns the sum; a missing one counts as 0. Nothing
  // if what is stored is not a number, the store is full or the connection is gone.
  std::optional<int64_t> add(std::string_view key, int64_t amount = 1) const {
    int64_t sum = 0;
    const Status status =
        link_->call(&stoa_host::store_add, owner_, detail::bytes(key), amount, &sum);
    return status == Status::kOk ? std::optional(sum) : std::nullopt;
  }

  // Sets `value` only if `expected` is what is stored now (std::nullopt: nothing is). kConflict:
  // another value was found; get() it and try again.
  Status compare_and_set(std::string_view key, std::optional<std::string_view> expected,
                         const Body& value) const {
    const stoa_bytes wanted = detail::bytes(expected.value_or(""));
    return link_->call(&stoa_host::store_swap, owner_, detail::bytes(key),
                       expected ? &wanted : nullptr, detail::bytes(value.bytes()));
  }

 private:
  detail::Link* link_;
  stoa_connection owner_;  // 0: the namespace
};

}  // namespace stoa
