// The other side of the ABI, for tests of the C++ layer: a host that does nothing and writes down
// every call, one readable line each.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "stoa/host.h"
#include "stoa/version.h"

namespace stoa::testing {

// Its functions may be called from any thread, as the ABI promises to plugins. What it answers to
// questions is set up before.
class RecordingHost {
 public:
  RecordingHost();
  RecordingHost(const RecordingHost&) = delete;
  RecordingHost& operator=(const RecordingHost&) = delete;

  [[nodiscard]] const stoa_host& table() const { return table_; }

  // The calls since the last time, one a line.
  std::string take_calls();

  // Waits for the next post() that was not taken yet and returns its cookie; 0 after 10 seconds.
  uint64_t take_posted();

  // The cookie of the last timer, ask or act that was given one.
  [[nodiscard]] uint64_t last_cookie();

  // What the host knows. Facts by "number" or "number key", e.g. {"5 x-token", "s3cret"} for the
  // header. Stores by "connection key".
  std::map<std::string, std::vector<std::string>> facts;
  std::map<std::string, std::string> store;
  std::map<std::string, std::vector<stoa_connection>> members;

  // If not 0, what every function answers instead of STOA_OK.
  int32_t refusal = 0;

 private:
  struct Functions;  // the table's functions

  int32_t record(const std::string& line);
  int32_t record(const std::string& line, uint64_t cookie);

  stoa_host table_{};
  std::mutex mutex_;
  std::condition_variable posted_;
  std::string calls_;
  std::vector<uint64_t> posts_;
  uint64_t last_cookie_ = 0;
};

}  // namespace stoa::testing
