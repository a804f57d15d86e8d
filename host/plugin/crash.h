// Who runs now on each thread, so that a crash can be laid at the right door.
#pragma once

#include "stoa/plugin.h"

namespace stoa::plugin {

class Instance;

// While it lives, the calling thread runs code of `instance`: with `event`, or, if that is null,
// its create() or destroy(). Costs four stores to thread-local memory. Does not nest: handle()
// never leads to another handle().
class RunningNow {
 public:
  RunningNow(const Instance& instance, const stoa_event* event) noexcept;
  ~RunningNow();
  RunningNow(const RunningNow&) = delete;
  RunningNow& operator=(const RunningNow&) = delete;
};

// From now on a fatal signal writes one line to standard error that names the plugin, version,
// namespace and event that were running on the thread that crashed, and then takes the course it
// would have taken before. A thread that overflowed its stack can write it too, if it ran a plugin
// before: it then has a second stack. Call it once, on the main thread.
void name_culprit_on_crash();

// From now on a fatal signal within a plugin's code also writes a line into this file, for the next
// process: the SHA-256 of the library, the version's name and the namespace. The descriptor must
// stay open.
void keep_crash_in(int file) noexcept;

// Writes such a line for each thread that runs a plugin's code at this moment. For when they are
// given up: what is named was running long ago and still is, or this may not be called.
// REQUIRES: name_culprit_on_crash() was called before.
void name_who_hangs();

}  // namespace stoa::plugin
