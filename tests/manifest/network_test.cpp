// Networks of addresses, as a version's `match` names them.
#include "manifest/network.h"

#include <gtest/gtest.h>

#include <string>

namespace stoa::manifest {
namespace {

using namespace std::string_view_literals;

// Is the address in the network, which is one?
bool in(std::string_view network, std::string_view address) {
  const auto parsed = Network::parse(network);
  EXPECT_TRUE(parsed) << network;
  return parsed && parsed->contains(address);
}

TEST(Network, HoldsTheAddressesThatBeginAlike) {
  EXPECT_TRUE(in("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(in("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(in("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(in("192.168.4.0/22", "192.168.8.0"));
  EXPECT_FALSE(in("192.168.4.0/22", "192.168.3.255"));
  EXPECT_TRUE(in("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(in("2001:db8::/33", "2001:db8:8000::1"));
}

TEST(Network, MayBeOneAddressInAnyForm) {
  EXPECT_TRUE(in("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(in("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(in("127.0.0.1/32", "127.0.0.1"));
  EXPECT_TRUE(in("::1", "0:0:0:0:0:0:0:1"));
  EXPECT_TRUE(in("2001:DB8::1/128", "2001:db8::1"));
  EXPECT_FALSE(in("::1", "::2"));
}

TEST(Network, BitsBehindThePrefixDoNotCount) {
  EXPECT_TRUE(in("10.1.2.3/8", "10.9.9.9"));
}

TEST(Network, OfNoBitsIsAllOfItsFamily) {
  EXPECT_TRUE(in("0.0.0.0/0", "255.255.255.255"));
  EXPECT_FALSE(in("0.0.0.0/0", "::1"));
  EXPECT_TRUE(in("::/0", "2001:db8::1"));
  EXPECT_FALSE(in("::/0", "10.0.0.1"));
}

TEST(Network, TakesAnAddressThatCameThroughAnIPv6SocketForWhatItIs) {
  EXPECT_TRUE(in("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_FALSE(in("10.0.0.0/8", "::ffff:11.1.2.3"));
  EXPECT_FALSE(in("::/0", "::ffff:10.1.2.3"));
  EXPECT_TRUE(in("::ffff:10.0.0.0/104", "10.1.2.3"));
  EXPECT_FALSE(in("::ffff:10.0.0.0/104", "11.1.2.3"));
  EXPECT_TRUE(in("::ffff:10.1.2.3", "10.1.2.3"));
}

TEST(Network, HoldsNothingThatIsNoAddress) {
  for (const auto address : {""sv, "localhost"sv, "10.0.0"sv, "10.0.0.1:80"sv, "10.0.0.1\0"sv,
                             "[::1]"sv, "10.0.0.0/8"sv}) {
    EXPECT_FALSE(in("0.0.0.0/0", address)) << address;
    EXPECT_FALSE(in("::/0", address)) << address;
  }
}

TEST(Network, IsNothingElse) {
  for (const auto text : {""sv,
                          "/"sv,
                          "/8"sv,
                          "10"sv,
                          "10.0.0.0/"sv,
                          "10.0.0.0/33"sv,
                          "10.0.0.0/-1"sv,
                          "10.0.0.0/+8"sv,
                          "10.0.0.0/8 "sv,
                          " 10.0.0.0/8"sv,
                          "10.0.0.0/8/8"sv,
                          "10.0.0.0/0x8"sv,
                          "10.0.0.0/255.0.0.0"sv,
                          "010.0.0.0/8"sv,
                          "10.0.0/8"sv,
                          "::/129"sv,
                          "[::1]"sv,
                          "::1%lo"sv,
                          "10.0.0.0\0/8"sv,
                          "example.com"sv,
                          "10.0.0.0/4294967304"sv}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
}

}  // namespace
}  // namespace stoa::manifest
