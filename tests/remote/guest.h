// A guest and what a host does with it, for tests.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plugin/library.h"
#include "recording_host.h"
#include "remote/guest_process.h"
#include "remote/link.h"
#include "remote/output.h"
#include "session.h"

namespace stoa::testing {

// A real process with a real plugin; the host behind it writes down every call.
class Guest : public remote::Listener {
 public:
  explicit Guest(const std::string& library, const std::string& config = "{}",
                 const remote::Confinement& confinement = {},
                 const std::vector<std::string>& environment = {});

  // False if create() refused, or before; complaint() is then why.
  [[nodiscard]] bool created() const { return created_ == STOA_OK; }
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

  // Sends one event and waits until it was handled. Returns the calls meanwhile, one a line.
  std::string deliver(const Happening& happening);
  // The same of a message from connection 5, who gets the answer of token 7.
  std::string message(const std::string& event, const std::string& body = "");
  // The text with which a message is answered.
  std::string reply(const std::string& event, const std::string& body = "");

  // Sends it, and waits for nothing.
  void send(const Happening& happening);
  // Serves the guest until `done`. False if it ended before, or after a long time.
  bool serve_until(const std::function<bool()>& done);
  // Serves the guest until it has ended, says how, and collects what it printed.
  const remote::End& end();
  // Has the instance destroyed, and the rest.
  const remote::End& destroy();

  // A test that breaks the link: what receive() said of it.
  [[nodiscard]] const std::string& nonsense() const { return nonsense_; }
  [[nodiscard]] std::size_t handled() const { return handled_; }
  [[nodiscard]] bool said_goodbye() const { return destroyed_; }
  [[nodiscard]] const std::vector<std::string>& printed() const { return printed_; }
  // The size of the last answer's body: a large one is not written down.
  [[nodiscard]] std::size_t answer_size() const { return answer_size_; }

  RecordingHost host;
  remote::GuestProcess process;
  remote::Link link;

 private:
  void created(int32_t result, std::string_view why) override;
  void handled(int32_t result) override;
  void answered(stoa_reply token, const stoa_answer& answer) override;
  void destroyed() override { destroyed_ = true; }

  [[nodiscard]] uint32_t index_of(const std::string& event) const;
  // False once nothing comes any more.
  bool serve();
  void print(bool wait);

  std::shared_ptr<const plugin::Library> here_;  // for its descriptor
  remote::Output output_;
  std::optional<int32_t> created_;
  std::string complaint_;
  std::string nonsense_;
  std::string last_answer_;
  std::size_t answer_size_ = 0;
  std::size_t handled_ = 0;
  bool destroyed_ = false;
  std::vector<std::string> printed_;
};

}  // namespace stoa::testing
