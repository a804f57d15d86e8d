#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "kit/process.h"
#include "kit/raw_socket.h"
#include "kit/temporary_folder.h"

namespace stoa::install {
namespace {

namespace fs = std::filesystem;
using kit::Process;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Runs a command to its end and returns its output; the test fails if the command does.
std::string run(const std::vector<std::string>& command, const Process::Variables& variables = {}) {
  Process process(command, variables);
  EXPECT_EQ(process.wait_exit(std::chrono::seconds(100)), 0)
      << command.front() << ": " << process.output() << process.log();
  return process.output();
}

void install(const fs::path& prefix, const Process::Variables& variables = {}) {
  run({STOA_CMAKE, "--install", STOA_BUILD, "--prefix", prefix.string()}, variables);
}

class Installed : public testing::Test {
 protected:
  Installed() { install(prefix()); }

  [[nodiscard]] fs::path prefix() const { return folder_.path() / "prefix"; }
  [[nodiscard]] fs::path plugins() const { return prefix() / STOA_LIBDIR / "stoa"; }
  [[nodiscard]] fs::path manifest() const { return prefix() / "etc/stoa/stoa.toml"; }
  [[nodiscard]] std::string stoa() const { return (prefix() / "bin/stoa").string(); }
  [[nodiscard]] const kit::TemporaryFolder& folder() const { return folder_; }

 private:
  kit::TemporaryFolder folder_;
};

TEST_F(Installed, StandsWhereDebianPutsThings) {
  for (const char* file :
       {"bin/stoa", "etc/stoa/stoa.toml", "share/stoa/demo/index.html", "include/stoa/plugin.h",
        "include/stoa/client.hpp", "share/stoa/templates/cpp/hello.cpp", "share/doc/stoa/copyright",
        "share/doc/stoa/README.md", "share/doc/stoa/CHANGELOG.md"}) {
    EXPECT_TRUE(fs::is_regular_file(prefix() / file)) << file;
  }
  for (const char* file : {"stoa/chat.so", "stoa/chat-v2.so", "stoa/clock.so", "stoa/echo.so",
                           "stoa/gate.so", "stoa/native.so", "stoa/tally.so", "libstoa_client.a",
                           "cmake/stoa/stoa-config.cmake", "pkgconfig/stoa.pc"}) {
    EXPECT_TRUE(fs::is_regular_file(prefix() / STOA_LIBDIR / file)) << file;
  }
}

TEST_F(Installed, TheManifestNamesWhatWasInstalledWithIt) {
  const std::string text = text_of(manifest());
  EXPECT_NE(text.find("directory = \"" + plugins().string() + "\""), std::string::npos);
  EXPECT_NE(text.find("folder = \"" + (prefix() / "share/stoa/demo").string() + "\""),
            std::string::npos);
  EXPECT_NE(run({stoa(), "check", manifest().string()}).find("ok  chat"), std::string::npos);
}

TEST_F(Installed, TheServerFindsItsManifestAndServesIt) {
  Process server({stoa(), "serve"}, {{"STOA_SERVER_LISTEN", "127.0.0.1:0"}});
  const auto url = server.wait_for_line("listening ");
  ASSERT_TRUE(url) << server.log();
  EXPECT_EQ(run({stoa(), "call", *url, "default", "echo", "hello"}), "hello\n");

  const auto port = static_cast<uint16_t>(std::stoi(url->substr(url->rfind(':') + 1)));
  kit::RawSocket browser(port);
  browser.send("GET /index.html HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(browser.receive_until("HTTP/1.1 200 OK"));

  server.signal(SIGTERM);
  EXPECT_EQ(server.wait_exit(), 0) << server.log();
}

TEST_F(Installed, APluginIsBuiltAgainstItAndLoads) {
  const std::string built = (folder().path() / "built").string();
  run({STOA_CMAKE, "-S", (prefix() / "share/stoa/templates/cpp").string(), "-B", built,
       "-DCMAKE_PREFIX_PATH=" + prefix().string()});
  run({STOA_CMAKE, "--build", built});
  EXPECT_NE(run({stoa(), "inspect", built + "/plugins/hello_cpp.so"}).find("nothing is wrong"),
            std::string::npos);
}

TEST_F(Installed, PkgConfigKnowsIt) {
  const Process::Variables search = {
      {"PKG_CONFIG_PATH", (prefix() / STOA_LIBDIR / "pkgconfig").string()}};
  std::string found = run({"pkg-config", "--variable=plugindir", "stoa"}, search);
  found.resize(found.find('\n'));
  EXPECT_TRUE(fs::equivalent(found, plugins())) << found;
}

TEST_F(Installed, AManifestThatWasChangedIsKept) {
  std::ofstream(manifest()) << "# mine\n";
  install(prefix());
  EXPECT_EQ(text_of(manifest()), "# mine\n");
}

// As a package is made: everything below DESTDIR, and named as it will be found without it.
TEST(Packaged, TheManifestOfUsrIsInEtc) {
  const kit::TemporaryFolder stage;
  install("/usr", {{"DESTDIR", stage.path().string()}});
  EXPECT_TRUE(fs::is_regular_file(stage.path() / "usr/bin/stoa"));
  const std::string text = text_of(stage.path() / "etc/stoa/stoa.toml");
  EXPECT_NE(text.find("directory = \"/usr/" STOA_LIBDIR "/stoa\""), std::string::npos) << text;
  EXPECT_NE(text.find("folder = \"/usr/share/stoa/demo\""), std::string::npos);
  EXPECT_FALSE(fs::exists(stage.path() / "usr/etc"));
}

}  // namespace
}  // namespace stoa::install
