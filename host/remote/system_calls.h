// Which system calls a guest may not make.
#pragma once

#include "remote/confinement.h"

namespace stoa::remote {

// Denies them to all threads of this process for the rest of its life, as `confinement.seccomp` and
// `confinement.network` say. Throws report::StartupError if the system does not.
void deny_system_calls(const Confinement& confinement);

// Takes from this process, for the rest of its life, the sight of what /proc shows to others of the
// same user: memory, descriptors. By Landlock; a kernel without it (before 5.13, or
// built or started so) is no error. Throws report::StartupError if the system does not though it
// could.
void deny_sight_of_others();

}  // namespace stoa::remote
