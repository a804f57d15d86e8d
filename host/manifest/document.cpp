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

Position position(const toml::source_position& at) {
  return {at.line, at.column};
}

Position position(const toml::node& node) {
  return position(node.source().begin);
}

// Is there a name with more dots than a sane one? The parser has no bound of its own for this.
bool has_endless_name(std::string_view text) {
  std::size_t dots = 0;
  for (const char c : text) {
    if (c == '.') ++dots;
    if (c == '=' || c == ',' || c == '\n') dots = 0;
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

void report(const toml::parse_error& error, std::string_view text, Problems& problems) {
  const Position at = position(error.source().begin);
  if (error.description().find("cannot redefine") != std::string_view::npos) {
    problems.add(at, name_on(line_at(text, at.line)),
                 "this name was given before; a name stands in a file once");
  } else {
    problems.add(at, "", "this is not TOML: " + complaint(error.description()));
  }
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

std::optional<Table> read_document(std::string_view text, Problems& problems) {
  if (has_endless_name(text)) {
    problems.add({1, 1}, "", "a name has more than 4096 parts");
    return std::nullopt;
  }
  try {
    return Converter(problems).table(toml::parse(text));
  } catch (const toml::parse_error& error) {
    report(error, text, problems);
    return std::nullopt;
  }
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
