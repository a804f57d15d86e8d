// What is wrong with a manifest, collected so that the operator sees all of it at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stoa::manifest {

// A place in the manifest's text, counted from 1. Line 0: not in the file, but in a variable of the
// environment.
struct Position {
  uint32_t line = 0;
  uint32_t column = 0;

  friend auto operator<=>(const Position&, const Position&) = default;
};

// Belongs to one reading of one manifest.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  // `key` is the full name of the key, or of the environment's variable; empty if there is none.
  void add(Position at, std::string_view key, std::string_view sentence);

  [[nodiscard]] std::size_t count() const noexcept { return problems_.size(); }

  // One line for each of the first hundred, in the order of the file, those of the environment
  // last. Empty if there is none.
  [[nodiscard]] std::string text() const;

 private:
  struct Problem {
    Position at;
    std::string text;
  };

  std::string file_;
  std::vector<Problem> problems_;
};

}  // namespace stoa::manifest
