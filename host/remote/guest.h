// The guest: what a process does in which a plugin has moved.
#pragma once

#include <string_view>

namespace stoa::remote {

// The one argument by which main() learns that it is a guest.
inline constexpr std::string_view kGuest = "guest";

// Which of its descriptors is what, beside 0 (empty), 1 and 2 (what it prints).
inline constexpr int kEventsNumber = 3;
inline constexpr int kCallsNumber = 4;
inline constexpr int kLibraryNumber = 5;

// The life of a guest, whose descriptors are those that GuestProcess gave it: takes its task,
// confines itself, loads the library, creates the instance, handles events until it is told to end
// or the host is gone. Ends the process.
//
// Events are handled on this thread. What the plugin says to the host is collected and written when
// no further event waits, when it is much, when somebody waits for a reply, at once if another
// thread says it, and after 2 ms in any case. While nothing happens, the process sleeps.
[[noreturn]] void be_guest();

}  // namespace stoa::remote
