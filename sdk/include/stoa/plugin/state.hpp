// What one version of a plugin knows and another takes over.
#pragma once

#include <cstdint>
#include <string>

#include "body.hpp"

namespace stoa {

// What on.export_member() and on.export_all() return, and what on.import_member() and
// on.import_all() take: bytes, and the number of their schema, by which the version that reads them
// knows what they are. Numbers are yours, from 1; a new one is due when an older version could no
// longer read what is written.
//
//   return stoa::State(2, Known{said, reactions});     // JSON; a string as it is; stoa::Binary
//
//   if (state.schema != 2) return stoa::error("I know schema 2 only.");
//   const auto known = state.as<Known>();
//
// It owns its bytes: keep it as long as you like.
struct State {
  // Nothing was exported, or is to be.
  State() = default;

  // REQUIRES: `number` is at least 1.
  State(uint32_t number, const Body& content) : schema(number), body(content.bytes()) {}

  uint32_t schema = 0;  // 0: nothing was exported
  std::string body;

  // The body as a value. Throws PayloadError if it is no T in JSON (see Message::as()); a handler
  // that lets that pass answers with its text.
  template <JsonReadable T>
  [[nodiscard]] T as() const {
    return detail::from_json_text<T>(body);
  }
};

}  // namespace stoa
