// Bad manifests, each with the very sentence that the operator reads.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "reading.h"

namespace stoa::manifest {
namespace {

TEST(Problems, AreToldAllAtOnceInTheOrderOfTheFile) {
  EXPECT_EQ(refusal(R"(
[server]
workers = "many"
wokers = 1
[namespace.chat]
plugin = 7
[log]
level = "loud"
)"),
            R"(m:3:11: server.workers: found "many", want a whole number from 0 to 64
m:4:1: server.wokers: unknown key; did you mean "workers"?
m:6:10: namespace.chat.plugin: found 7, want the name of a file in the plugin directory, like "chat"
m:8:9: log.level: found "loud", want "trace", "debug", "info", "warn" or "error")");
}

TEST(Problems, BeyondAHundredAreCounted) {
  std::string text = "[server]\n";
  for (int i = 0; i < 150; ++i) text += "unknown" + std::to_string(i) + " = 1\n";
  const std::string all = problem(text);
  EXPECT_EQ(std::ranges::count(all, '\n'), 100);
  EXPECT_TRUE(all.ends_with("\nm: and 50 more")) << all;
}

TEST(Problems, UnknownKeysSuggestTheNearest) {
  EXPECT_EQ(problem("[sever]\nworkers = 1"), "m:1:2: sever: unknown key; did you mean \"server\"?");
  EXPECT_EQ(problem("[server]\nmax_message_byte = 1"),
            "m:2:1: server.max_message_byte: unknown key; did you mean \"max_message_bytes\"?");
  EXPECT_EQ(problem("[log]\nlvl = 'info'"), "m:2:1: log.lvl: unknown key; did you mean \"level\"?");
  EXPECT_EQ(problem("[[static]]\nurl = '/'\nfolder = 'f'\npath = '/'"),
            "m:4:1: static[0].path: unknown key; known are url, folder");
  EXPECT_EQ(refusal("[namespace.'a.b']\nplugin = 'p'\npluggin = 'p'"),
            "m:3:1: namespace.\"a.b\".pluggin: unknown key; did you mean \"plugin\"?");
  EXPECT_EQ(problem("\"odd key\" = 1"),
            "m:1:1: \"odd key\": unknown key; known are server, log, plugins, control, rollout, "
            "namespace, static");
}

TEST(Problems, OfWrongTypesNameWhatWasFound) {
  const std::string want = ", want a whole number from 0 to 64";
  const auto workers = [](const std::string& value) {
    return problem("[server]\nworkers = " + value);
  };
  const std::string at = "m:2:11: server.workers: found ";
  EXPECT_EQ(workers("1.5"), at + "the fraction 1.5" + want);
  EXPECT_EQ(workers("true"), at + "true" + want);
  EXPECT_EQ(workers("'4'"), at + "\"4\"" + want);
  EXPECT_EQ(workers("[]"), at + "an empty array" + want);
  EXPECT_EQ(workers("[1]"), at + "an array" + want);
  EXPECT_EQ(workers("{}"), at + "a table" + want);
  EXPECT_EQ(workers("1979-05-27"), at + "the moment 1979-05-27" + want);
  EXPECT_EQ(workers("'" + std::string(100, 'x') + "'"), at + "a text of 100 bytes" + want);
  EXPECT_EQ(workers("65"), at + "65" + want);
  EXPECT_EQ(workers("-1"), at + "-1" + want);
  EXPECT_EQ(workers("4294967296"), at + "4294967296" + want);
}

TEST(Problems, OfRanges) {
  EXPECT_EQ(
      problem("[server]\nmax_message_bytes = 124"),
      "m:2:21: server.max_message_bytes: found 124, want a whole number from 125 to 16777216");
  EXPECT_EQ(problem("[server]\nmax_connections = 0"),
            "m:2:19: server.max_connections: found 0, want a whole number from 1 to 10000000");
  EXPECT_EQ(problem("[server]\ndrain_grace_ms = 120001"),
            "m:2:18: server.drain_grace_ms: found 120001, want a whole number from 0 to 120000");
  EXPECT_EQ(refusal("[namespace.chat]\nplugin = 'chat'\nmax_message_bytes = 0"),
            "m:3:21: namespace.chat.max_message_bytes: found 0, want a whole number from 125 to "
            "16777216");
  for (const std::string weight : {"0", "101"}) {
    EXPECT_EQ(refusal("[namespace.chat]\nplugin = 'chat'\nsend_weight = " + weight),
              "m:3:15: namespace.chat.send_weight: found " + weight +
                  ", want a whole number from 1 to 100");
  }
}

TEST(Problems, OfTablesThatAreNone) {
  EXPECT_EQ(problem("server = 1"), "m:1:10: server: found 1, want a table, like [server]");
  EXPECT_EQ(problem("[[log]]"), "m:1:1: log: found an array, want a table, like [log]");
  EXPECT_EQ(problem("[static]\nurl = '/'"),
            "m:1:1: static: found a table, want a table for each folder, like [[static]]");
  EXPECT_EQ(problem("static = ['demo']"),
            "m:1:11: static[0]: found \"demo\", want a table, like [[static]]");
  EXPECT_EQ(refusal("[namespace]\nchat = 'chat'\nb.plugin = 'b'"),
            "m:2:8: namespace.chat: found \"chat\", want a table, like [namespace.chat]");
  EXPECT_EQ(refusal("[namespace.chat]\nplugin = 'chat'\nconfig = '{}'"),
            "m:3:10: namespace.chat.config: found \"{}\", want a table");
}

TEST(Problems, OfAddresses) {
  const std::string want =
      ", want a numeric address and a port, like \"127.0.0.1:8080\" or \"[::1]:0\"";
  EXPECT_EQ(problem("[server]\nlisten = ['127.0.0.1:1', 'localhost:80', 8080]"),
            "m:2:26: server.listen[1]: found \"localhost:80\"" + want + "\n" +
                "m:2:42: server.listen[2]: found 8080" + want);
  EXPECT_EQ(
      problem("[server]\nlisten = '127.0.0.1:80'"),
      "m:2:10: server.listen: found \"127.0.0.1:80\", want an array with one address or more");
  EXPECT_EQ(problem("[server]\nlisten = []"),
            "m:2:10: server.listen: found an empty array, want an array with one address or more");
  EXPECT_EQ(problem("[server]\nlisten = ['[::1]:80', '[0::1]:80']"),
            "m:2:23: server.listen[1]: found \"[0::1]:80\", want each address once");
}

TEST(Problems, OfPathsAndHeaders) {
  const std::string want = ", want a path that begins with \"/\"";
  EXPECT_EQ(problem("[server]\npath = 'ws'"), "m:2:8: server.path: found \"ws\"" + want);
  EXPECT_EQ(problem("[server]\npath = ''"), "m:2:8: server.path: found \"\"" + want);
  EXPECT_EQ(problem("[server]\npath = '/a b'"), "m:2:8: server.path: found \"/a b\"" + want);
  EXPECT_EQ(problem("[server]\npath = '/a?b'"), "m:2:8: server.path: found \"/a?b\"" + want);
  EXPECT_EQ(problem("[server]\nheaders = 'X-A'"),
            "m:2:11: server.headers: found \"X-A\", want an array of at most 64 names of request "
            "headers");
  EXPECT_EQ(problem("[server]\nheaders = ['X-A', 'X A']"),
            "m:2:19: server.headers[1]: found \"X A\", want the name of a request header, like "
            "\"X-Token\"");
}

TEST(Problems, OfPlugins) {
  const std::string want = ", want the name of a file in the plugin directory, like \"chat\"";
  for (const std::string plugin :
       {"", "/lib/chat.so", "a/b", "../chat", "..", ".", "a..b", ".hidden"}) {
    EXPECT_EQ(refusal("[namespace.n]\nplugin = '" + plugin + "'"),
              "m:2:10: namespace.n.plugin: found \"" + plugin + "\"" + want);
  }
  EXPECT_EQ(refusal("[namespace.n]\n"), "m:1:12: namespace.n.plugin: missing" + want);
  EXPECT_EQ(refusal("[namespace.'']\nconfig = {}"),
            "m:1:12: namespace.\"\".plugin: missing" + want);
}

TEST(Problems, OfStaticFolders) {
  const std::string want = ", want a path that begins and ends with \"/\"";
  EXPECT_EQ(problem("[[static]]\nfolder = 'f'\nurl = '/a'"),
            "m:3:7: static[0].url: found \"/a\"" + want);
  EXPECT_EQ(problem("[[static]]\nfolder = 'f'\nurl = 'a/'"),
            "m:3:7: static[0].url: found \"a/\"" + want);
  EXPECT_EQ(problem("[[static]]\n"),
            "m:1:1: static[0].url: missing" + want + "\n" +
                "m:1:1: static[0].folder: missing, want the path of a folder, absolute or relative "
                "to the manifest");
  EXPECT_EQ(problem("[[static]]\nurl = '/'\nfolder = 'f'\n[[static]]\nurl = '/'\nfolder = 'g'"),
            "m:4:1: static[1].url: found \"/\" a second time");
}

TEST(Problems, OfTheControlSocket) {
  const std::string want =
      ", want the path of a Unix socket, absolute or relative to the manifest, or \"\" for none";
  EXPECT_EQ(problem("[control]\nsocket = 7"), "m:2:10: control.socket: found 7" + want);
  EXPECT_EQ(problem("[control]\nsocket = '/run/'"),
            "m:2:10: control.socket: found \"/run/\"" + want);
  EXPECT_EQ(problem("[control]\nsocket = '..'"), "m:2:10: control.socket: found \"..\"" + want);
  EXPECT_EQ(problem("[control]\nsocket = \"a\\u0000b\""),
            "m:2:10: control.socket: found \"a b\"" + want);
  const std::string longest = '/' + std::string(106, 's');
  EXPECT_EQ(problem("[control]\nsocket = '" + longest + "'"), "accepted");
  EXPECT_EQ(problem("[control]\nsocket = '" + longest + "s'"),
            "m:2:10: control.socket: found a text of 108 bytes, want a path that has at most 107 "
            "bytes in its absolute form, which is what a Unix socket's name can have; this has "
            "108");
}

TEST(Problems, OfAControlSocketThatIsTooLongOnlyWhenAbsolute) {
  const std::string name(105, 's');
  const std::string text = "control.socket = '" + name + "'\n" + std::string(kOneNamespace);
  EXPECT_EQ(parse(text, "/m", environment({})).control.socket, '/' + name);
  EXPECT_THROW((void)parse(text, "/etc/m", environment({})), report::StartupError);
}

TEST(Problems, OfTheControlSocketsMode) {
  const std::string want =
      ", want a text of three octal digits that lets no others in, like \"600\" or \"660\"";
  for (const std::string mode : {"'666'", "'604'", "'0600'", "'60'", "''", "'6o0'", "'680'"}) {
    const std::string shown = '"' + mode.substr(1, mode.size() - 2) + '"';
    EXPECT_EQ(problem("[control]\nsocket_mode = " + mode),
              "m:2:15: control.socket_mode: found " + shown + want);
  }
  EXPECT_EQ(problem("[control]\nsocket_mode = 600"),
            "m:2:15: control.socket_mode: found 600" + want);
}

TEST(Problems, OfRollouts) {
  EXPECT_EQ(problem("[rollout]\nstate = 7"),
            "m:2:9: rollout.state: found 7, want the path of a folder, absolute or relative to the "
            "manifest, or \"\" for none");
  EXPECT_EQ(problem("[rollout]\nmax_retired = 0"),
            "m:2:15: rollout.max_retired: found 0, want a whole number from 1 to 10000");
  EXPECT_EQ(problem("[rollout]\nstage_timeout_ms = 99"),
            "m:2:20: rollout.stage_timeout_ms: found 99, want a whole number from 100 to 600000");
  EXPECT_EQ(problem("[rollout]\nhistory = 10001"),
            "m:2:11: rollout.history: found 10001, want a whole number from 1 to 10000");
}

TEST(Problems, OfNamespaces) {
  EXPECT_EQ(refusal("[server]\nworkers = 1"),
            "m:1:1: namespace: found none, so there is nothing to serve; want one or more, like "
            "[namespace.chat] with plugin = \"chat\"");
  EXPECT_EQ(refusal("[namespace." + std::string(256, 'n') + "]\nplugin = 'p'"),
            "m:1:12: namespace: found a name of 256 bytes, want at most 255");
}

TEST(Problems, OfNamesGivenTwice) {
  const std::string twice = ": this name was given before; a name stands in a file once";
  const std::string chat(kOneNamespace);
  EXPECT_EQ(refusal(chat + chat), "m:3:1: namespace.chat" + twice);
  EXPECT_EQ(refusal("[namespace.\"\"]\nplugin = 'p'\n  [ namespace.\"\" ] # again"),
            "m:3:3: namespace.\"\"" + twice);
  EXPECT_EQ(problem("[server]\nworkers = 1\nworkers = 2"), "m:3:11: workers" + twice);
  EXPECT_EQ(problem("[[static]]\nurl = '/'\nfolder = 'f'\n[static]"), "m:4:1: static" + twice);
}

TEST(Problems, OfNamesGivenTwiceHideNoOthers) {
  const std::string twice = ": this name was given before; a name stands in a file once\n";
  EXPECT_EQ(refusal(R"([server]
workers = 1
workers = 65
listn = ["127.0.0.1:80"]
headers = []
headers = [ # over several lines
  "a ] \" b",
  'c #',
]
path = """
[server]
"""
path = '''
[server]
'''
[namespace.chat]
plugin = "chat"
plugin = "tchat"
[namespace.chat]
ask_timeout_ms = 0
config = { a = [
  { b = 1 }
] }
[log]
level = "loud")"),
            "m:3:11: workers" + twice + "m:4:1: server.listn: unknown key; did you mean " +
                "\"listen\"?\n" + "m:6:11: headers" + twice +
                "m:10:8: server.path: found \"[server] \", want a path that begins with \"/\"\n" +
                "m:13:8: path" + twice + "m:18:10: plugin" + twice + "m:19:1: namespace.chat" +
                twice + "m:25:9: log.level: found \"loud\", want \"trace\", \"debug\", \"info\", " +
                "\"warn\" or \"error\"");
}

TEST(Problems, OfNamesGivenTwiceWithoutEndAreBounded) {
  std::string text = "[server]\nworkers = 1\n";
  for (int i = 0; i < 50; ++i) text += "workers = 1\n";
  EXPECT_EQ(std::ranges::count(problem(text), '\n'), 19);
}

// The parser's own words follow, and differ from version to version.
TEST(Problems, OfTextThatIsNotToml) {
  const auto begins = [](const std::string& text, const std::string& beginning) {
    const std::string all = refusal(text);
    EXPECT_TRUE(all.starts_with(beginning) && all.find('\n') == std::string::npos) << all;
  };
  begins("workers = ", "m:1:11: this is not TOML: ");
  begins("[server\nworkers = 1", "m:1:8: this is not TOML: ");
  begins("[server]\nworkers = tru\n", "m:2:14: this is not TOML: ");
  begins("[server]\nworkers = 1 path = 2", "m:2:13: this is not TOML: ");
  begins("a = \"\xff\"", "m:1:");
  const std::string dots(100'000, '.');
  EXPECT_EQ(refusal(dots), "m:1:1: a name has more than 4096 parts");
  EXPECT_EQ(refusal("a = [\"\"\"x\"\"\"\", " + dots), "m:1:1: a name has more than 4096 parts");
  // Dots in texts and comments are no parts of names.
  for (const std::string quote : {"\"", "'", "\"\"\"", "'''"}) {
    EXPECT_EQ(
        problem("# " + dots + "\n[namespace.n]\nplugin = \"p\"\nconfig = { a = " + quote + dots +
                quote + " }\nwhat = 1\n"),
        "m:5:1: namespace.n.what: unknown key; known are plugin, config, version, run, threads, "
        "max_message_bytes, ask_timeout_ms, send_weight, departure, stay_ms, guard, queue, "
        "process");
  }
}

class OnDisk : public testing::Test {
 protected:
  OnDisk() {
    std::string name = testing::TempDir() + "stoa-manifest-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~OnDisk() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(std::string_view text) {
    const std::filesystem::path file = folder_ / "stoa.toml";
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

  static std::string refusal_of(const std::filesystem::path& file) {
    try {
      (void)load(file, environment({}));
      return "accepted";
    } catch (const report::StartupError& error) {
      return error.what();
    }
  }

  std::filesystem::path folder_;
};

TEST_F(OnDisk, AManifestIsLoaded) {
  const Manifest manifest = load(write(kOneNamespace), environment({}));
  EXPECT_EQ(manifest.namespaces.size(), 1u);
  EXPECT_EQ(manifest.plugins.directory, folder_ / "plugins");
}

TEST_F(OnDisk, ProblemsBeginWithThePathAsItWasGiven) {
  const std::filesystem::path file = write("x = 1\n" + std::string(kOneNamespace));
  EXPECT_TRUE(refusal_of(file).starts_with(file.string() + ":1:1: x: unknown key"));
}

TEST_F(OnDisk, MissingFilesDirectoriesAndEndlessOnesAreRefused) {
  const std::filesystem::path missing = folder_ / "missing.toml";
  EXPECT_EQ(refusal_of(missing),
            missing.string() + ": cannot open the manifest: No such file or directory");
  EXPECT_EQ(refusal_of(folder_), folder_.string() + ": this is a directory, want a manifest");
  EXPECT_EQ(refusal_of("/dev/zero"), "/dev/zero: the manifest is longer than 1 MiB");
}

}  // namespace
}  // namespace stoa::manifest
