// The table `config` of a namespace, as the plugin gets it.
#include <gtest/gtest.h>

#include "reading.h"

namespace stoa::manifest {
namespace {

std::string json(const std::string& config) {
  return read("[namespace.n]\nplugin = \"p\"\n[namespace.n.config]\n" + config)
      .namespaces[0]
      .versions[0]
      .config_json;
}

TEST(Config, IsJsonInTheOrderOfTheFile) {
  EXPECT_EQ(json(""), "{}");
  EXPECT_EQ(json("z = 1\na = 'two'\nm = [true, 3.5, {x = []}]\nb.c = {}"),
            R"({"z":1,"a":"two","m":[true,3.5,{"x":[]}],"b":{"c":{}}})");
}

TEST(Config, KeepsNumbersExactly) {
  EXPECT_EQ(json("a = 9223372036854775807\nb = -9223372036854775808\nc = 0x10\nd = 1.0\ne = 0.1"),
            R"({"a":9223372036854775807,"b":-9223372036854775808,"c":16,"d":1.0,"e":0.1})");
}

TEST(Config, KeepsTextsWhateverTheyHold) {
  EXPECT_EQ(json("\"\" = \"a\\u0000b\\n\\\"\"\n\"k.é\" = '✓'"), R"({"":"a\u0000b\n\"","k.é":"✓"})");
}

TEST(Config, GivesMomentsAsTexts) {
  EXPECT_EQ(json("a = 1979-05-27T07:32:00Z\nb = 1979-05-27\nc = 07:32:00.5\n"
                 "d = 1979-05-27 00:32:00-07:00"),
            R"({"a":"1979-05-27T07:32:00Z","b":"1979-05-27","c":"07:32:00.5",)"
            R"("d":"1979-05-27T00:32:00-07:00"})");
}

TEST(Config, RefusesNumbersThatJsonDoesNotHave) {
  EXPECT_EQ(refusal("[namespace.n]\nplugin = 'p'\nconfig = { a = [inf, {b = -nan}] }"),
            "m:3:17: namespace.n.config.a[0]: found the fraction inf, want a number that JSON has\n"
            "m:3:27: namespace.n.config.a[1].b: found the fraction nan, want a number that JSON "
            "has");
}

TEST(Config, RefusesTablesNestedWithoutEnd) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  EXPECT_EQ(refusal("[namespace.n]\nplugin = 'p'\nconfig.a = " + deep),
            "m:3:73: tables and arrays are nested more than 64 deep");
}

}  // namespace
}  // namespace stoa::manifest
