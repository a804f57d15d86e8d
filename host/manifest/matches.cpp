#include "manifest/matches.h"

#include <algorithm>
#include <array>

#include "manifest/kinds.h"
#include "manifest/network.h"
#include "wire/query.h"

namespace stoa::manifest {
namespace {

constexpr std::size_t kMostMatches = 64;
constexpr std::size_t kLongestSubject = 255;
constexpr std::size_t kLongestValue = 4096;

// Of every request; host/net/request.cpp keeps them.
constexpr std::array<std::string_view, 8> kWellKnown = {
    "host",       "origin",  "authorization",   "cookie",
    "user-agent", "referer", "accept-language", "x-forwarded-for"};

// What a match is about. Each has exactly one of them.
constexpr std::array<std::string_view, 4> kSubjects = {"header", "query", "user", "address"};

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestSubject;
}

bool is_value(std::string_view text) {
  return text.size() <= kLongestValue;
}

bool is_header(std::string_view text) {
  return wire::is_http_token(text) && is_name(text);
}

bool is_network(std::string_view text) {
  return Network::parse(text).has_value();
}

bool is_kept(const std::string& header, const std::vector<std::string>& headers) {
  const auto same = [&](const std::string& kept) { return wire::lower(kept) == header; };
  return std::ranges::find(kWellKnown, header) != kWellKnown.end() ||
         std::ranges::any_of(headers, same);
}

// The text goes into `member`, and the match is of that kind.
Key<Match> subject(std::string_view name, Match::Kind kind, std::string Match::*member,
                   Test is_valid, std::string wanted) {
  Key<Match> key = text(name, member, is_valid, std::move(wanted));
  key.store = [kind, store = key.store](const Value& value, const Place& place, Match& out) {
    out.kind = kind;
    store(value, place, out);
  };
  return key;
}

Key<Match> header() {
  Key<Match> key = subject("header", Match::Kind::kHeader, &Match::name, is_header,
                           R"(the name of a request header, like "X-Token")");
  key.store = [store = key.store](const Value& value, const Place& place, Match& out) {
    store(value, place, out);
    out.name = wire::lower(out.name);
    if (!out.name.empty() && !is_kept(out.name, place.headers)) {
      place.refuse(value,
                   "a header that is kept; name it in headers of [server] too, or in "
                   "STOA_SERVER_HEADERS if that replaces them");
    }
  };
  return key;
}

// Whether the keys that are there make one of the four forms. The keys themselves are right.
void check_form(const Table& table, const Value& value, const Place& place) {
  const auto subjects = std::ranges::count_if(
      kSubjects, [&](std::string_view name) { return find(table, name) != nullptr; });
  const bool has_name = find(table, "header") != nullptr || find(table, "query") != nullptr;
  if (subjects != 1 || has_name != (find(table, "value") != nullptr)) {
    place.problems.add(value.at, place.key,
                       "want one of { header = \"X-Beta\", value = \"1\" }, { query = \"v\", value "
                       "= \"2\" }, { user = \"ann\" } and { address = \"10.0.0.0/8\" }");
  }
}

Match read_match(const Value& value, const Place& place) {
  Match out;
  const auto* table = std::get_if<Table>(&value.data);
  if (table == nullptr) {
    place.refuse(value, R"(a table, like { user = "ann" })");
    return out;
  }
  const std::size_t before = place.problems.count();
  read_table(*table, value.at, place, match_keys(), out);
  if (place.problems.count() == before) check_form(*table, value, place);
  return out;
}

}  // namespace

const Keys<Match>& match_keys() {
  static const Keys<Match> keys = {
      header(),
      subject("query", Match::Kind::kQuery, &Match::name, is_name,
              "the name of a parameter of the query, of 1 to 255 bytes"),
      subject("user", Match::Kind::kUser, &Match::value, is_name,
              "the name of a user, of 1 to 255 bytes"),
      subject("address", Match::Kind::kAddress, &Match::value, is_network,
              R"(a numeric address or a network of such, like "10.0.0.0/8" or "::1")"),
      text("value", &Match::value, is_value,
           "the text that the header or the parameter equals, of at most 4096 bytes"),
  };
  return keys;
}

void store_matches(const Value& value, const Place& place, Version& out) {
  const auto* array = std::get_if<Array>(&value.data);
  if (array == nullptr || array->size() > kMostMatches) {
    return place.refuse(value, "an array of at most 64 tables, like [{ user = \"ann\" }]");
  }
  for (std::size_t i = 0; i < array->size(); ++i) {
    out.matches.push_back(read_match((*array)[i], place.item(i)));
  }
}

}  // namespace stoa::manifest
