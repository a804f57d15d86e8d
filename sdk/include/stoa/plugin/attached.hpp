// What a member has that an instance which failed left behind.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "../attached.h"
#include "../detail/bytes.hpp"
#include "body.hpp"

namespace stoa {

// What on.attach() takes: the member's rooms and its connection's store, as they were when the host
// told of it.
//
//   for (const std::string_view room : has.rooms()) ...
//   if (const auto name = has.store().find("name"); name != has.store().end()) ...
//
// All its texts are borrowed until the handler returns: copy what is to be kept.
class Attached {
 public:
  using Values = std::map<std::string_view, std::string_view>;

  // Throws PayloadError if the body is not what stoa/attached.h says.
  explicit Attached(stoa_bytes body) {
    stoa_attached item{};
    int32_t got = STOA_OK;
    while ((got = stoa_attached_next(&body, &item)) > 0) take(item);
    if (got < 0) throw PayloadError("no row of rooms and values");
  }

  // Of the namespace, in the order in which it joined them.
  [[nodiscard]] const std::vector<std::string_view>& rooms() const { return rooms_; }
  [[nodiscard]] const Values& store() const { return store_; }
  // Keys of the store whose values were left out, as all of it has more than 16 MiB:
  // member.store().get() has them. Mostly there are none.
  [[nodiscard]] const std::vector<std::string_view>& left_out() const { return left_out_; }

 private:
  void take(const stoa_attached& item) {
    const std::string_view key = detail::view(item.key);
    if (item.kind == STOA_ATTACHED_ROOM) rooms_.push_back(key);
    if (item.kind == STOA_ATTACHED_VALUE) store_.emplace(key, detail::view(item.value));
    if (item.kind == STOA_ATTACHED_KEY) left_out_.push_back(key);
  }

  std::vector<std::string_view> rooms_;
  Values store_;
  std::vector<std::string_view> left_out_;
};

}  // namespace stoa
