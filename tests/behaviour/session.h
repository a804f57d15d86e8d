// The servers that the behaviour tests talk to, each with one worker and with four.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "kit/client.h"
#include "kit/raw_socket.h"
#include "kit/server.h"

namespace stoa::behaviour {

using Json = nlohmann::json;

// How the probe's commands report what the host said.
inline constexpr int kNotFound = -4;  // STOA_ERR_NOT_FOUND
inline constexpr int kRemote = -7;    // STOA_ERR_REMOTE
inline constexpr int kTimeout = -8;   // STOA_ERR_TIMEOUT
inline constexpr int kClosed = -9;    // STOA_ERR_CLOSED

// Serves the plugins we ship, under the names their users know.
class Shipped : public testing::TestWithParam<uint32_t> {
 protected:
  Shipped();

  [[nodiscard]] std::string url(const std::string& query = {}) const {
    return server_.url() + query;
  }
  kit::Server& server() { return server_; }

 private:
  kit::Server server_;
};

// Serves the probe (tests/fixtures/probe) as "probe" and "other"; as "closed", which denies
// everybody; and as "slow", which lets everybody in after a while.
class Probed : public testing::TestWithParam<uint32_t> {
 protected:
  Probed();

  [[nodiscard]] std::string url(const std::string& query = {}) const {
    return server_.url() + query;
  }
  kit::Server& server() { return server_; }

 private:
  kit::Server server_;
};

// A client of the probes, in "probe" once it is first used.
class ProbeClient : public kit::Client {
 public:
  explicit ProbeClient(const std::string& url);

  // In "probe": asks one of its commands, and reads the JSON it answers.
  Json command(const std::string& event, const Json& arguments = Json::object());
  // What the server's side of the connection `id` saw, each as "NAMESPACE EVENT[ ROOM][ forced]";
  // the second one waits until it is over.
  std::vector<std::string> journal_of(const std::string& id);
  std::vector<std::string> epitaph_of(const std::string& id);

  kit::Place& probe();

 private:
  std::vector<std::string> entries(const char* command, const std::string& id);

  std::optional<kit::Place> probe_;
};

// The names of the two instances of every test.
std::string workers_name(const testing::TestParamInfo<uint32_t>& info);

#define STOA_WITH_WORKERS(suite) \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::Values(1U, 4U), stoa::behaviour::workers_name)

}  // namespace stoa::behaviour
