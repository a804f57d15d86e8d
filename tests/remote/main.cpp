// The tests' program, which is also the guests' (as `stoa` is), and a host that a test kills.
#include <gtest/gtest.h>
#include <unistd.h>

#include <iostream>
#include <string_view>

#include "guest.h"
#include "remote/guest.h"

namespace {

int be_host(const std::string& event, const std::string& user) {
  stoa::remote::Confinement confinement;
  if (!user.empty()) confinement.user = stoa::remote::find_user(user);
  stoa::testing::Guest guest(STOA_CAPTIVE, "{}", confinement);
  guest.send({.event = event});
  (void)guest.link.flush();
  std::cout << "guest " << guest.process.pid() << std::endl;
  for (;;) ::pause();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && argv[1] == stoa::remote::kGuest) stoa::remote::be_guest();
  if (argc == 4 && std::string_view(argv[1]) == "host") return be_host(argv[2], argv[3]);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
