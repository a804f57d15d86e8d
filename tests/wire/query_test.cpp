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

Pairs headers(const std::vector<std::string>& query) {
  Pairs parameters;
  for (const std::string& each : query) parameters.push_back(parameter(each));
  return headers_from_query(parameters);
}

TEST(Parameter, ItsNameEndsAtTheFirstEqualsSign) {
  EXPECT_EQ(parameter("a=1"), (NameValue{"a", "1"}));
  EXPECT_EQ(parameter("a=x=y"), (NameValue{"a", "x=y"}));
}

TEST(Parameter, MayLackEitherPart) {
  EXPECT_EQ(parameter("a"), (NameValue{"a", ""}));
  EXPECT_EQ(parameter("a="), (NameValue{"a", ""}));
  EXPECT_EQ(parameter("=a"), (NameValue{"", "a"}));
}

TEST(Parameter, IsDecodedAlready) {
  EXPECT_EQ(parameter("a=%41+&;"), (NameValue{"a", "%41+&;"}));
}

TEST(HeadersFromQuery, AreThosePrefixedInAnyCase) {
  EXPECT_EQ(headers({"a=1", "X-Websocket-Header-X-Token=secret", "x-websocket-header-Accept=b c"}),
            (Pairs{{"X-Token", "secret"}, {"Accept", "b c"}}));
}

TEST(HeadersFromQuery, NeverHaveTheNamesThatSayWhoAsks) {
  for (const auto* name : {"Host", "origin", "COOKIE", "Forwarded", "X-Forwarded-For",
                           "x-forwarded-Proto", "Sec-WebSocket-Key", "sec-", "X-Forwarded-"}) {
    EXPECT_EQ(headers({"X-Websocket-Header-"s + name + "=v"}), Pairs{}) << name;
  }
}

TEST(HeadersFromQuery, MayHaveNamesThatOnlyBeginLikeThose) {
  EXPECT_EQ(headers({"X-Websocket-Header-Hosts=v", "X-Websocket-Header-Secret=v"}).size(), 2u);
}

TEST(HeadersFromQuery, NeverBreakTheLine) {
  for (const auto& value : {"a\rb"s, "a\nb"s, "\0"s, "a\r\nHost: evil"s}) {
    EXPECT_EQ(headers({"X-Websocket-Header-X-Token=" + value}), Pairs{}) << value;
  }
}

TEST(HeadersFromQuery, HaveTokensAsNames) {
  for (const auto& name : {""s, "a b"s, "a:b"s, "a\r\nb"s, "é"s, "a\0"s, "(a)"s, "a,b"s}) {
    EXPECT_EQ(headers({"X-Websocket-Header-" + name + "=v"}), Pairs{}) << name;
  }
  EXPECT_EQ(headers({"X-Websocket-Header-a!#$%&'*+-.^_`|~9=v"}).size(), 1u);
}

}  // namespace
}  // namespace stoa::wire
