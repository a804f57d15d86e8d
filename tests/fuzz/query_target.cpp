#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "targets.h"
#include "wire/query.h"

namespace stoa::fuzz {
namespace {

// The server's query comes split at "&", and decoded.
std::vector<wire::NameValue> parameters_of(std::string_view query) {
  std::vector<wire::NameValue> parameters;
  while (!query.empty()) {
    const std::string_view each = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(each.size() + 1, query.size()));
    parameters.push_back(wire::parameter(each));
    const wire::NameValue& read = parameters.back();
    const std::string whole = read.name + "=" + read.value;
    must(whole == each || whole == std::string(each) + "=", "no byte of a parameter is lost");
    must(read.name.find('=') == std::string::npos, "a name ends at the first equals sign");
  }
  return parameters;
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
  const auto headers = wire::headers_from_query(parameters_of(input));
  for (const wire::NameValue& header : headers) check_header(header);
}

}  // namespace stoa::fuzz
