#include "cli/check.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "folder.h"
#include "plugin/library.h"

namespace stoa::cli {
namespace {

using plugin::fixtures;
using plugin::Folder;

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

Outcome check(const std::filesystem::path& file) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = run_check(file, out, err);
  return {code, out.str(), err.str()};
}

std::string with_fixtures(const std::string& namespaces) {
  return "[plugins]\ndirectory = \"" + fixtures().string() + "\"\n" + namespaces;
}

TEST(Check, NamesEveryNamespaceThatWouldStart) {
  const Folder folder;
  const Outcome outcome =
      check(folder.write("good.toml", with_fixtures("[namespace.chat]\nplugin = \"good_1\"\n"
                                                    "[namespace.\"\"]\nplugin = \"good_2\"\n")));
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_NE(outcome.out.find("ok  chat          good 1.0.0  "), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("ok  \"\"            good 2.0.0  "), std::string::npos) << outcome.out;
}

TEST(Check, LooksAtThePluginsOfAManifestThatHasProblems) {
  const Folder folder;
  const auto file = folder.write(
      "bad.toml", with_fixtures("[namespace.a]\nplugin = \"good_1\"\nplugin = \"good_1\"\n"
                                "[namespace.b]\nplugin = \"nosuch\"\n"
                                "[namespace.c]\nplugin = \"nosuch\"\nconfig = 7\n"));
  const Outcome outcome = check(file);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(outcome.out.starts_with("ok  a ")) << outcome.out;
  const std::string at = file.string() + ":";
  EXPECT_TRUE(outcome.err.starts_with(
      at + "5:10: plugin: this name was given before; a name stands in a file once\n" + at +
      "10:10: namespace.c.config: found 7, want a table\n" + at +
      "6: plugin \"nosuch.so\": there is no such file"))
      << outcome.err;
  // What is wrong with c in the file is for its author to mend first.
  EXPECT_EQ(outcome.err.find(at + "8: "), std::string::npos) << outcome.err;
}

TEST(Check, FindsThatRolloutsWouldBeRememberedAmongThePlugins) {
  const Folder folder;
  std::filesystem::create_directory(folder.path() / "plugins");
  std::filesystem::copy(fixtures() / "good_1.so", folder.path() / "plugins");
  const Outcome outcome = check(folder.write("bad.toml",
                                             "[rollout]\nstate = \".\"\n[plugins]\n"
                                             "[namespace.a]\nplugin = \"good_1\"\n"));
  EXPECT_EQ(outcome.code, 1);
  const std::string plugins = (folder.path() / "plugins").string();
  EXPECT_TRUE(outcome.err.ends_with("rollout.state: the server keeps copies of plugins in " +
                                    plugins + ", and plugins.directory is " + plugins +
                                    ": neither may lie within the other; name another folder for "
                                    "one of them\n"))
      << outcome.err;
}

TEST(Check, DoesNotGuessAPluginDirectory) {
  const Folder folder;
  const auto file =
      folder.write("bad.toml", "[plugins]\ndirectory = 7\n[namespace.a]\nplugin = \"good_1\"\n");
  const Outcome outcome = check(file);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, file.string() +
                             ":2:13: plugins.directory: found 7, want the path of a folder, "
                             "absolute or relative to the manifest\n");
}

TEST(Check, FindsEveryProblemAndGoesOn) {
  const Folder folder;
  const auto file =
      folder.write("bad.toml", with_fixtures("[namespace.a]\nplugin = \"nosuch\"\n"
                                             "[namespace.b]\nplugin = \"newer_major\"\n"
                                             "[namespace.c]\nplugin = \"create_fails\"\n"
                                             "[namespace.d]\nplugin = \"create_aborts\"\n"
                                             "[namespace.e]\nplugin = \"good_1\"\n"));
  const Outcome outcome = check(file);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(outcome.out.starts_with("ok  e ")) << outcome.out;
  const std::string at = file.string() + ":";
  const std::string library = "plugin \"" + fixtures().string();
  EXPECT_EQ(outcome.err,
            at + "3: plugin \"nosuch.so\": there is no such file beneath the plugin directory \"" +
                fixtures().string() + "\"; put it there, or set [plugins] directory\n" + at +
                "5: " + library +
                "/newer_major.so\": is built for ABI 2.0, and this host speaks 1.0 to 1.1; run it "
                "on a newer host, or build it with this host's SDK\n" +
                at +
                "7: namespace \"c\": plugin create_fails 1.0.0 does not start: config needs "
                "\"tokens\"\n" +
                at +
                "9: namespace \"d\": plugin \"create_aborts\" ended the process when it started "
                "(SIGABRT)\n");
}

TEST(Check, LooksAtEachVersion) {
  const Folder folder;
  const auto file = folder.write(
      "versions.toml",
      with_fixtures("[[namespace.chat.version]]\nname = \"v1\"\nplugin = \"good_1\"\n"
                    "[[namespace.chat.version]]\nname = \"v2\"\nplugin = \"create_aborts\"\n"
                    "[[namespace.chat.version]]\nname = \"v3\"\nplugin = \"good_2\"\n"
                    "[[namespace.one.version]]\nname = \"blue\"\nplugin = \"good_1\"\n"));
  const Outcome outcome = check(file);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(outcome.out.starts_with("ok  chat v1       good 1.0.0  ")) << outcome.out;
  EXPECT_NE(outcome.out.find("\nok  chat v3       good 2.0.0  "), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("\nok  one blue      good 1.0.0  "), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.err, file.string() +
                             ":6: namespace \"chat\": plugin \"create_aborts\" ended the process "
                             "when it started (SIGABRT)\n");
}

TEST(Check, LeavesOutAVersionThatHasAProblemAndLooksAtTheOthers) {
  const Folder folder;
  const auto file = folder.write(
      "versions.toml",
      with_fixtures("[[namespace.chat.version]]\nname = \"v1\"\nplugin = \"nosuch\"\nconfig = 7\n"
                    "[[namespace.chat.version]]\nname = \"v2\"\nplugin = \"good_2\"\n"));
  const Outcome outcome = check(file);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(outcome.out.starts_with("ok  chat v2 ")) << outcome.out;
  EXPECT_EQ(outcome.err,
            file.string() + ":6:10: namespace.chat.version[0].config: found 7, want a table\n");
}

TEST(Check, RefusesAFileThatIsNotTheOneThatTheVersionNames) {
  const Folder folder;
  const std::string version =
      "[[namespace.chat.version]]\nname = \"v1\"\nplugin = \"good_1\"\nsha256 = \"";
  const std::string found = plugin::Library::load(fixtures(), "good_1")->sha256();
  const std::string wanted(64, '0');
  const Outcome good = check(folder.write("good.toml", with_fixtures(version + found + "\"\n")));
  EXPECT_EQ(good.err, "");
  EXPECT_EQ(good.code, 0);
  const auto file = folder.write("bad.toml", with_fixtures(version + wanted + "\"\n"));
  const Outcome bad = check(file);
  EXPECT_EQ(bad.code, 1);
  EXPECT_EQ(bad.err, file.string() + ":3: plugin \"" + fixtures().string() +
                         "/good_1.so\": its SHA-256 is " + found + ", wanted " + wanted +
                         "; put the file there that is meant, or correct this version's sha256 in "
                         "the manifest\n");
}

TEST(Check, AMissingManifestIsOneSentence) {
  const Outcome outcome = check("/nowhere/stoa.toml");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find("/nowhere/stoa.toml"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace stoa::cli
