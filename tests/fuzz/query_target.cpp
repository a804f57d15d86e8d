#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "targets.h"
#include "wire/query.h"

namespace stoa::fuzz {
namespace {

void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out.append({'%', kDigits[byte >> 4], kDigits[byte & 0xF]});
  }
}

std::string encoded(const std::vector<wire::NameValue>& parameters) {
  std::string out;
  for (const wire::NameValue& parameter : parameters) {
    append_encoded(out, parameter.name);
    out.push_back('=');
    append_encoded(out, parameter.value);
    out.push_back('&');
  }
  return out;
}

bool same(const wire::NameValue& a, const wire::NameValue& b) {
  return a.name == b.name && a.value == b.value;
}

bool is_kept_from_strangers(std::string name) {
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 4> kNames = {"host", "origin", "cookie", "forwarded"};
  return name.starts_with("sec-") || name.starts_with("x-forwarded-") ||
         std::ranges::find(kNames, name) != kNames.end();
}

void check_header(const wire::NameValue& header) {
  constexpr std::string_view kBreaks("\r\n\0:", 4);
  must(!header.name.empty(), "a header has a name");
  must(header.name.find_first_of(kBreaks) == std::string::npos, "a name ends at its colon");
  must(header.value.find_first_of(kBreaks.substr(0, 3)) == std::string::npos,
       "a value stays on its line");
  must(!is_kept_from_strangers(header.name), "nobody smuggles who they are");
}

}  // namespace

void fuzz_query(std::string_view input) {
  const auto parameters = wire::parse_query(input);
  must(parameters.size() <= 64, "parameters are bounded");
  must(std::ranges::equal(wire::parse_query(encoded(parameters)), parameters, same),
       "parameters come back as they were encoded");
  for (const wire::NameValue& header : wire::headers_from_query(parameters)) check_header(header);
}

}  // namespace stoa::fuzz
