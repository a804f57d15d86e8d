#include "plugin/description.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

namespace stoa::plugin {
namespace {

Description good() {
  return {.name = "chat",
          .version = "1.0.0",
          .abi_major = STOA_ABI_MAJOR,
          .abi_minor = 7,
          .flags = STOA_PLUGIN_CONCURRENT,
          .handles = UINT64_MAX,
          .events = {"say", "\xe2\x82\xac"}};
}

TEST(Description, IsReadAsItWasWritten) {
  EXPECT_EQ(description_from(to_text(good())), good());
}

TEST(Description, ThatNoDescriptorCouldGiveIsNone) {
  const std::function<void(Description&)> changes[] = {
      [](Description& it) { it.name = ""; },
      [](Description& it) { it.name = "../chat"; },
      [](Description& it) { it.name = std::string("chat\0", 5); },
      [](Description& it) { it.name = std::string(65, 'x'); },
      [](Description& it) { it.version = "1 0"; },
      [](Description& it) { ++it.abi_major; },
      [](Description& it) { it.events.emplace_back("say"); },
      [](Description& it) { it.events.emplace_back(""); },
      [](Description& it) { it.events.emplace_back(256, 'x'); },
      [](Description& it) {
        for (int i = 0; i < 4096; ++i) it.events.push_back(std::to_string(i));
      }};
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    Description changed = good();
    changes[i](changed);
    EXPECT_FALSE(description_from(to_text(changed))) << i;
  }
}

TEST(Description, OfWhatIsNoneIsNone) {
  const auto whole = nlohmann::json::parse(to_text(good()));
  for (const auto& [name, value] : whole.items()) {
    auto less = whole;
    less.erase(name);
    EXPECT_FALSE(description_from(less.dump())) << name;
    less[name] = nullptr;
    EXPECT_FALSE(description_from(less.dump())) << name;
  }
  for (const char* text : {"", "{", "[]", "null", "\xff"}) EXPECT_FALSE(description_from(text));
}

}  // namespace
}  // namespace stoa::plugin
