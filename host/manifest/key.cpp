#include "manifest/key.h"

#include "manifest/nearest.h"

namespace stoa::manifest {

Place Place::below(std::string_view name) const {
  return {key.empty() ? as_key(name) : key + '.' + as_key(name), directory, headers, problems};
}

Place Place::item(std::size_t index) const {
  return {key + '[' + std::to_string(index) + ']', directory, headers, problems};
}

void Place::refuse(const Value& value, std::string_view wanted) const {
  problems.add(value.at, key, "found " + description(value) + ", want " + std::string(wanted));
}

void Place::refuse_unknown(const Member& member, const std::vector<std::string_view>& known) const {
  std::string sentence = "unknown key";
  if (const auto name = nearest(member.name, known)) {
    sentence += "; did you mean \"" + std::string(*name) + "\"?";
  } else {
    for (std::size_t i = 0; i < known.size(); ++i) {
      sentence.append(i == 0 ? "; known are " : ", ").append(known[i]);
    }
  }
  problems.add(member.at, below(member.name).key, sentence);
}

}  // namespace stoa::manifest
