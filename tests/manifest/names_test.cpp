// Small words of the manifest: addresses, and what a mistyped name was meant to be.
#include <gtest/gtest.h>

#include "manifest/listen_address.h"
#include "manifest/nearest.h"

namespace stoa::manifest {
namespace {

using namespace std::string_view_literals;

TEST(ListenAddress, IsNumericWithAPort) {
  EXPECT_EQ(parse_listen("127.0.0.1:8080"), (Listen{"127.0.0.1", 8080}));
  EXPECT_EQ(parse_listen("0.0.0.0:0"), (Listen{"0.0.0.0", 0}));
  EXPECT_EQ(parse_listen("[::]:65535"), (Listen{"::", 65535}));
  EXPECT_EQ(parse_listen("[2001:DB8:0::1]:1"), (Listen{"2001:db8::1", 1}));
  EXPECT_EQ(parse_listen("[::ffff:1.2.3.4]:1"), (Listen{"::ffff:1.2.3.4", 1}));
}

TEST(ListenAddress, IsNothingElse) {
  for (const auto text : {""sv,
                          ":"sv,
                          ":80"sv,
                          "8080"sv,
                          "127.0.0.1"sv,
                          "127.0.0.1:"sv,
                          "127.0.0.1:65536"sv,
                          "127.0.0.1:-1"sv,
                          "127.0.0.1:+1"sv,
                          "127.0.0.1: 1"sv,
                          "127.0.0.1:1 "sv,
                          "localhost:80"sv,
                          "::1:80"sv,
                          "[::1]"sv,
                          "[127.0.0.1]:80"sv,
                          "[::1:80"sv,
                          "[]:80"sv,
                          "[::1%lo]:80"sv,
                          "127.1:80"sv,
                          "127.0.0.1\0:80"sv,
                          "*:80"sv,
                          "127.0.0.1:80/ws"sv,
                          "[[::1]]:80"sv}) {
    EXPECT_EQ(parse_listen(text), std::nullopt) << text;
  }
}

TEST(EditDistance, CountsLettersPutInTakenOutAndChanged) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("workers", "workers"), 0u);
  EXPECT_EQ(edit_distance("workers", "worker"), 1u);
  EXPECT_EQ(edit_distance("wrokers", "workers"), 2u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(Nearest, IsTheOneThatTakesTheFewestEdits) {
  const std::vector<std::string_view> names = {"listen", "workers", "max_connections"};
  EXPECT_EQ(nearest("wokers", names), "workers");
  EXPECT_EQ(nearest("listens", names), "listen");
  EXPECT_EQ(nearest("connections", names), "max_connections");
  EXPECT_EQ(nearest("zzz", names), std::nullopt);
  EXPECT_EQ(nearest(std::string(1000, 'w'), names), std::nullopt);
  EXPECT_EQ(nearest("any", {}), std::nullopt);
}

}  // namespace
}  // namespace stoa::manifest
