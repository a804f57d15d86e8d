#include "wire/query.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace stoa::wire {

static bool operator==(const NameValue& a, const NameValue& b) {
  return a.name == b.name && a.value == b.value;
}

static void PrintTo(const NameValue& pair, std::ostream* out) {
  *out << pair.name << '=' << pair.value;
}

namespace {

using Pairs = std::vector<NameValue>;
using namespace std::string_literals;

Pairs headers(std::string_view query) {
  return headers_from_query(parse_query(query));
}

TEST(Query, IsDecoded) {
  EXPECT_EQ(parse_query("a=1&b=two+words&c=%C3%A9&%64=%2B%26%3d"),
            (Pairs{{"a", "1"}, {"b", "two words"}, {"c", "é"}, {"d", "+&="}}));
}

TEST(Query, MayBeginWithAQuestionMark) {
  EXPECT_EQ(parse_query("?a=1"), (Pairs{{"a", "1"}}));
  EXPECT_EQ(parse_query("??a=1"), (Pairs{{"?a", "1"}}));
  EXPECT_EQ(parse_query("?"), Pairs{});
  EXPECT_EQ(parse_query(""), Pairs{});
}

TEST(Query, ParametersMayLackPartsAndComeTwice) {
  EXPECT_EQ(parse_query("&&a&b=&=c&a=x=y&"),
            (Pairs{{"a", ""}, {"b", ""}, {"", "c"}, {"a", "x=y"}}));
}

TEST(Query, BadPercentSequencesStayAsTheyAre) {
  EXPECT_EQ(parse_query("a=%&b=%4&c=%zz&d=%%41&e=%4g1"),
            (Pairs{{"a", "%"}, {"b", "%4"}, {"c", "%zz"}, {"d", "%A"}, {"e", "%4g1"}}));
}

TEST(Query, IsReadUpTo64Parameters) {
  std::string query;
  for (int i = 0; i < 100; ++i) query.append("p").append(std::to_string(i)).append("=&");
  const Pairs pairs = parse_query(query);
  ASSERT_EQ(pairs.size(), 64u);
  EXPECT_EQ(pairs.back().name, "p63");
}

TEST(HeadersFromQuery, AreThosePrefixedInAnyCase) {
  EXPECT_EQ(headers("a=1&X-Websocket-Header-X-Token=secret&x-websocket-header-Accept=b%20c"),
            (Pairs{{"X-Token", "secret"}, {"Accept", "b c"}}));
}

TEST(HeadersFromQuery, NeverHaveTheNamesThatSayWhoAsks) {
  for (const auto* name : {"Host", "origin", "COOKIE", "Forwarded", "X-Forwarded-For",
                           "x-forwarded-Proto", "Sec-WebSocket-Key", "sec-", "X-Forwarded-"}) {
    EXPECT_EQ(headers("X-Websocket-Header-"s + name + "=v"), Pairs{}) << name;
  }
}

TEST(HeadersFromQuery, MayHaveNamesThatOnlyBeginLikeThose) {
  EXPECT_EQ(headers("X-Websocket-Header-Hosts=v&X-Websocket-Header-Secret=v").size(), 2u);
}

TEST(HeadersFromQuery, NeverBreakTheLine) {
  for (const auto* value : {"a%0Db", "a%0ab", "%00", "a%0d%0aHost:%20evil"}) {
    EXPECT_EQ(headers("X-Websocket-Header-X-Token="s + value), Pairs{}) << value;
  }
}

TEST(HeadersFromQuery, HaveTokensAsNames) {
  for (const auto* name : {"", "a%20b", "a:b", "a%0d%0ab", "%C3%A9", "a%00", "(a)", "a%2Cb"}) {
    EXPECT_EQ(headers("X-Websocket-Header-"s + name + "=v"), Pairs{}) << name;
  }
  EXPECT_EQ(headers("X-Websocket-Header-a!%23$%25%26'*%2B-.^_%60|~9=v").size(), 1u);
}

}  // namespace
}  // namespace stoa::wire
