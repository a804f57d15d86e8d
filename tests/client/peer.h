// The reference server (peer/main.go), started for one test.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "kit/client.h"
#include "kit/process.h"
#include "kit/temporary_folder.h"

namespace stoa::tests {

// A test against neffos for Go. Skipped where it could not be built, which takes Go and its module
// proxy.
class Reference : public testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path program = STOA_NEFFOS_PEER;
    if (!std::filesystem::exists(program)) GTEST_SKIP() << "neffos for Go could not be built here";
    process_ = std::make_unique<kit::Process>(
        std::vector<std::string>{program.string(), certificate().string()});
    const auto url = process_->wait_for_line("listening ");
    ASSERT_TRUE(url) << process_->log();
    url_ = *url;
  }

  // Where it listens; with a query or path added.
  [[nodiscard]] std::string url(const std::string& more = {}) const { return url_ + more; }

  // The same over TLS, and the certificate that it shows.
  [[nodiscard]] std::string secure_url() const {
    return process_->wait_for_line("secure ").value_or("");
  }
  [[nodiscard]] std::filesystem::path certificate() const { return folder_.path() / "peer.pem"; }

  // A client that declares the peer's namespaces.
  [[nodiscard]] std::unique_ptr<kit::Client> client(const std::string& more = {}) const {
    auto made = std::make_unique<kit::Client>(url(more));
    for (const char* ns : {"forced", "odd;ns", "denied", "sticky", "unknown"}) made->declare(ns);
    return made;
  }

  kit::Process& process() { return *process_; }

 private:
  kit::TemporaryFolder folder_;
  std::unique_ptr<kit::Process> process_;
  std::string url_;
};

}  // namespace stoa::tests
