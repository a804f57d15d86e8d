// The key that says where a plugin runs.
#pragma once

#include <string_view>

#include "manifest/key.h"
#include "manifest/manifest.h"

namespace stoa::manifest {

// For an owner whose member is a Run, optional or not.
template <class Owner, class Member>
Key<Owner> run_key(Member Owner::*member) {
  constexpr std::string_view kWanted = R"("loop", "thread" or "process")";
  return {"run", Shape::kText, false, std::string(kWanted),
          [=](const Value& value, const Place& place, Owner& out) {
            const auto* found = std::get_if<std::string>(&value.data);
            const auto run = found == nullptr ? std::nullopt : run_named(*found);
            if (!run) return place.refuse(value, kWanted);
            out.*member = *run;
          }};
}

}  // namespace stoa::manifest
