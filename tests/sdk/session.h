// A plugin library and one instance of it, driven through the C ABI as a host would.
#pragma once

#include <cstdint>
#include <string>

#include "recording_host.h"
#include "stoa/plugin.h"

namespace stoa::testing {

// An event to deliver. The defaults are those of a message from connection 5 that may be answered
// with token 7.
struct Happening {
  uint32_t kind = STOA_EVENT_MESSAGE;
  std::string event = {};
  std::string body = {};
  std::string room = {};
  uint32_t flags = 0;
  uint32_t by = STOA_BY_CLIENT;
  int32_t status = 0;
  stoa_connection connection = 5;
  stoa_reply reply = 7;
  uint64_t cookie = 0;
};

// The entry's descriptor of the library at `path`, which stays loaded. Fails the test and returns
// NULL if it is no plugin.
const stoa_plugin_descriptor* load(const std::string& path);

// An instance from create() to destroy(), with a host of its own.
class Session {
 public:
  explicit Session(const std::string& path, const std::string& config = "{}");
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // False if create() refused; complaint() is then its sentence.
  [[nodiscard]] bool created() const { return instance_ != nullptr; }
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

  // Delivers one event. Returns the calls of the plugin meanwhile, one a line.
  std::string deliver(const Happening& happening);

  // Deliver a message: from connection 5, who gets the answer of token 7.
  std::string message(const std::string& event, const std::string& body = "",
                      const std::string& room = "");

  // Delivers what the plugin last gave a cookie for: a timer's end, or an answer to an ask or act.
  std::string timer();
  std::string answer(const std::string& body, int32_t status = STOA_OK, uint32_t flags = 0,
                     stoa_connection from = 5);

  // Destroys the instance. Returns the calls of the plugin meanwhile.
  std::string end();

  // What handle() returned last.
  [[nodiscard]] int32_t returned() const { return returned_; }

  RecordingHost host;

 private:
  [[nodiscard]] uint32_t index_of(const Happening& happening) const;

  const stoa_plugin_descriptor* descriptor_;
  void* instance_ = nullptr;
  std::string complaint_;
  int32_t returned_ = STOA_OK;
};

}  // namespace stoa::testing
