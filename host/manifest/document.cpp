#include "manifest/document.h"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

namespace stoa::manifest {
namespace {

// Far above what anybody writes, and far below what would exhaust the stack: the parser's tree and
// ours are walked recursively.
constexpr std::size_t kMaxNameParts = 4096;
constexpr int kMaxDepth = 64;
// Of a file with names that are given twice.
constexpr int kMostReadings = 20;

Position position(const toml::source_position& at) {
  return {at.line, at.column};
}

Position position(const toml::node& node) {
  return position(node.source().begin);
}

// Behind the text in quotes or the comment that begins at `at`, or else behind the one character
// there. A text that does not end, ends with its line.
std::size_t behind(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (c == '#') return std::min(text.find('\n', at), text.size());
  if (c != '"' && c != '\'') return at + 1;
  const std::string three(3, c);
  const bool is_long = text.substr(at).starts_with(three);
  const std::string_view quote = std::string_view(three).substr(0, is_long ? 3 : 1);
  for (std::size_t i = at + quote.size(); i < text.size(); ++i) {
    if (text[i] == '\n' && !is_long) return i;
    if (text.substr(i).starts_with(quote)) {
      std::size_t end = i + quote.size();
      // A long text may end in one or two quotes of its own.
      for (int own = 0; is_long && own < 2 && end < text.size() && text[end] == c; ++own) ++end;
      return end;
    }
    if (text[i] == '\\' && c == '"') ++i;
  }
  return text.size();
}

// Is there a name with more dots than a sane one? The parser has no bound of its own for this.
bool has_endless_name(std::string_view text) {
  std::size_t dots = 0;
  for (std::size_t i = 0; i < text.size(); i = behind(text, i)) {
    if (text[i] == '.') ++dots;
    if (text[i] == '=' || text[i] == ',' || text[i] == '\n') dots = 0;
    if (dots > kMaxNameParts) return true;
  }
  return false;
}

std::string_view line_at(std::string_view text, uint32_t line) {
  for (uint32_t i = 1; i < line; ++i)
    text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
  return text.substr(0, text.find('\n'));
}

// The name that the line begins with: `[a.b]` and `a.b = 1` give `a.b`.
std::string_view name_on(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t["), line.size()));
  char quote = 0;
  std::size_t end = 0;  // behind the last character that is not a blank
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == 0 && (c == ']' || c == '=' || c == '#')) break;
    if (c == '"' || c == '\'') quote = quote == 0 ? c : quote == c ? '\0' : quote;
    if (c != ' ' && c != '\t' && c != '\r') end = i + 1;
  }
  return line.substr(0, end);
}

// The parser's sentence without its beginning and without line breaks.
std::string complaint(std::string_view description) {
  constexpr std::string_view kPrefix = "Error while parsing ";
  std::string out(description.substr(description.starts_with(kPrefix) ? kPrefix.size() : 0));
  std::erase_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  return out;
}

// Where the statement that begins at `begin` ends: behind its line, or behind the last of the lines
// that its brackets and long texts take.
std::size_t end_of_statement(std::string_view text, std::size_t begin) {
  int depth = 0;
  for (std::size_t i = begin; i < text.size();) {
    const char c = text[i];
    if (c == '\n' && depth <= 0) return i + 1;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    i = behind(text, i);
  }
  return text.size();
}

bool opens_table(std::string_view statement) {
  const std::size_t first = statement.find_first_not_of(" \t");
  return first != std::string_view::npos && statement[first] == '[';
}

// Makes blanks of the statement that holds `line`, and of all that belongs to it if it is the
// header of a table. Lines keep their numbers.
void blank(std::string& text, uint32_t line) {
  const std::size_t at = static_cast<std::size_t>(line_at(text, line).data() - text.data());
  std::size_t begin = 0;
  std::size_t end = end_of_statement(text, 0);
  while (end <= at && end < text.size()) {
    begin = end;
    end = end_of_statement(text, begin);
  }
  if (opens_table(std::string_view(text).substr(begin))) {
    while (end < text.size() && !opens_table(std::string_view(text).substr(end))) {
      end = end_of_statement(text, end);
    }
  }
  std::replace_if(
      text.begin() + static_cast<std::ptrdiff_t>(begin),
      text.begin() + static_cast<std::ptrdiff_t>(end), [](char c) { return c != '\n'; }, ' ');
}

// True if it is about a name that was given before: the rest of the file can be read without it.
bool report(const toml::parse_error& error, std::string_view text, Problems& problems) {
  const Position at = position(error.source().begin);
  if (error.description().find("cannot redefine") != std::string_view::npos) {
    problems.add(at, name_on(line_at(text, at.line)),
                 "this name was given before; a name stands in a file once");
    return true;
  }
  problems.add(at, "", "this is not TOML: " + complaint(error.description()));
  return false;
}

// Makes plain values of the parser's nodes.
class Converter {
 public:
  explicit Converter(Problems& problems) : problems_(problems) {}

  Table table(const toml::table& nodes) {
    Table out;
    out.reserve(nodes.size());
    for (const auto& [key, node] : nodes) {
      const Position at = position(key.source().begin);
      out.push_back({at, std::string(key.str()), value(node)});
    }
    std::ranges::stable_sort(out, {}, &Member::at);
    return out;
  }

 private:
  Value value(const toml::node& node) {
    Value out{position(node), std::string()};
    if (++depth_ > kMaxDepth) {
      problems_.add(out.at, "", "tables and arrays are nested more than 64 deep");
    } else {
      node.visit([&](const auto& typed) { out.data = data(typed); });
    }
    --depth_;
    return out;
  }

  decltype(Value::data) data(const toml::table& nodes) { return table(nodes); }
  decltype(Value::data) data(const toml::array& nodes) {
    Array out;
    out.reserve(nodes.size());
    for (const toml::node& node : nodes) out.push_back(value(node));
    return out;
  }
  decltype(Value::data) data(const toml::value<std::string>& text) { return text.get(); }
  decltype(Value::data) data(const toml::value<int64_t>& number) { return number.get(); }
  decltype(Value::data) data(const toml::value<double>& number) { return number.get(); }
  decltype(Value::data) data(const toml::value<bool>& flag) { return flag.get(); }
  template <class T>
  decltype(Value::data) data(const toml::value<T>& moment) {
    std::ostringstream out;
    out << moment.get();
    return Moment{out.str()};
  }

  Problems& problems_;
  int depth_ = 0;
};

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
  }
  return out + '"';
}

// Names a value in a few words.
struct Describe {
  std::string operator()(const std::string& text) const {
    constexpr std::size_t kMostShown = 80;
    if (text.size() <= kMostShown) return quoted(text);
    return "a text of " + std::to_string(text.size()) + " bytes";
  }
  std::string operator()(int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const {
    std::ostringstream out;
    out << number;
    return "the fraction " + out.str();
  }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(const Moment& moment) const { return "the moment " + moment.text; }
  std::string operator()(const Array& array) const {
    return array.empty() ? "an empty array" : "an array";
  }
  std::string operator()(const Table&) const { return "a table"; }
};

}  // namespace

const Member* find(const Table& table, std::string_view name) {
  const auto at = std::ranges::find(table, name, &Member::name);
  return at == table.end() ? nullptr : &*at;
}

std::optional<Table> read_document(std::string_view text, Problems& problems) {
  if (has_endless_name(text)) {
    problems.add({1, 1}, "", "a name has more than 4096 parts");
    return std::nullopt;
  }
  // The parser stops at the first problem: each name that is there twice costs one more reading.
  std::string rest(text);
  for (int i = 0; i < kMostReadings; ++i) {
    try {
      return Converter(problems).table(toml::parse(rest));
    } catch (const toml::parse_error& error) {
      if (!report(error, rest, problems)) return std::nullopt;
      blank(rest, error.source().begin.line);
    }
  }
  return std::nullopt;
}

std::string description(const Value& value) {
  return std::visit(Describe{}, value.data);
}

std::string as_key(std::string_view name) {
  const bool bare = !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  return bare ? std::string(name) : quoted(name);
}

}  // namespace stoa::manifest
