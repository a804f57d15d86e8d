// Rows of text whose columns are aligned.
#pragma once

#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace stoa::cli {

class Table {
 public:
  // A heading that begins with '>' stands, without it, over a column of numbers, which end below
  // each other. Without headings: add() tells how many columns there are, all of text.
  explicit Table(std::initializer_list<std::string_view> headings = {});

  // REQUIRES: as many cells as there are columns.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // The headings, if there are any, and the rows, each after `indent`.
  void write(std::ostream& out, std::string_view indent = "") const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths() const;
  [[nodiscard]] bool is_number(std::size_t column) const;

  std::vector<bool> numbers_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace stoa::cli
