#include "url.h"

#include <gtest/gtest.h>

namespace stoa::client {
namespace {

TEST(ClientUrl, HasDefaultsForAllButTheHost) {
  const auto url = Url::parse("example.org");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "example.org");
  EXPECT_EQ(url->port, 80);
  EXPECT_EQ(url->path, "/");
  EXPECT_FALSE(url->tls);
}

TEST(ClientUrl, KeepsPathAndQueryButNoFragment) {
  const auto url = Url::parse("wss://example.org/a/b?x=1&y=2#top");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->path, "/a/b?x=1&y=2");
}

TEST(ClientUrl, MayHaveAQueryWithoutAPath) {
  const auto url = Url::parse("ws://127.0.0.1:8080?token=x/y");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->port, 8080);
  EXPECT_EQ(url->path, "/?token=x/y");
}

TEST(ClientUrl, TakesIPv6InBrackets) {
  const auto url = Url::parse("ws://[::1]:99/");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->authority, "[::1]:99");
  EXPECT_EQ(url->port, 99);
}

TEST(ClientUrl, RefusesWhatIsNoWebSocketAddress) {
  for (const char* text :
       {"", "ws://", "http://a", "ws://a:0", "ws://a:65536", "ws://a:8o", "ws://[::1",
        "ws://user@a", "ws://a b", "ws://a/\r\nX: y", "ws://:80", "ws://[::1]x"}) {
    EXPECT_FALSE(Url::parse(text)) << text;
  }
}

}  // namespace
}  // namespace stoa::client
