// What the single steps make of a namespace. Pure: they change plain values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rollout/scene.h"

namespace stoa::rollout {

// Each throws Refused, with a sentence that names what is there, if that cannot be.

// These versions get so many percent of the newcomers, and run if they did not. The others share
// the rest as they shared before; if they had nothing, the stable version has it.
void set_weights(Wanted& ns, const std::map<std::string, uint32_t>& percent);
// This version gets everybody and is the stable one; the others do not run any more.
void promote(Wanted& ns, std::string_view version);
// The same in steps: it begins with the first of them now.
void promote_by(Wanted& ns, std::string_view version, std::vector<manifest::Step> schedule);
// The schedule goes on to its next step, which is due.
void advance(Wanted& ns);
// The schedule stands still, or goes on.
void pause(Wanted& ns, bool paused);
// This version does not run any more; the others share what it had.
void retire(Wanted& ns, std::string_view version);

// "v1 80 %, v2 20 %": those that run.
[[nodiscard]] std::string in_words(const Wanted& ns);

}  // namespace stoa::rollout
