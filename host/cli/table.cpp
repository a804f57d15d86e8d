#include "cli/table.h"

#include <algorithm>

#include "cli/columns.h"

namespace stoa::cli {

Table::Table(std::initializer_list<std::string_view> headings) {
  std::vector<std::string> row;
  for (const std::string_view heading : headings) {
    const bool number = heading.starts_with('>');
    numbers_.push_back(number);
    row.emplace_back(heading.substr(number ? 1 : 0));
  }
  if (!row.empty()) rows_.push_back(std::move(row));
}

void Table::write(std::ostream& out, std::string_view indent) const {
  const std::vector<std::size_t> wide = widths();
  for (const auto& row : rows_) {
    std::string line(indent);
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      const std::string blanks(wide[i] - columns_of(row[i]), ' ');
      line += is_number(i) ? blanks + row[i] : row[i] + blanks;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> wide(rows_.empty() ? 0 : rows_.front().size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) wide[i] = std::max(wide[i], columns_of(row[i]));
  }
  return wide;
}

bool Table::is_number(std::size_t column) const {
  return column < numbers_.size() && numbers_[column];
}

}  // namespace stoa::cli
