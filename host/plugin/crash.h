// Laying a crash at the right door.
#pragma once

namespace stoa::plugin {

// From now on a fatal signal writes one line to standard error that names the plugin, version,
// namespace and event that were running on the thread that crashed, and then takes the course it
// would have taken before. A thread that overflowed its stack can write it too, if it ran a plugin
// before: it then has a second stack. Call it once, on the main thread.
void name_culprit_on_crash();

// From now on there are lines below it that say where the thread was: files, and addresses in them.
void tell_whence_crashes_came();

// From now on a fatal signal within a plugin's code also writes a line into this file, for the next
// process: the SHA-256 of the library, the version's name and the namespace. The descriptor must
// stay open.
void keep_crash_in(int file) noexcept;

// Writes such a line for each thread that runs a plugin's code at this moment, for when they are
// given up.
// REQUIRES: name_culprit_on_crash() was called before.
void name_who_hangs();

}  // namespace stoa::plugin
