// The host's end of what it says to a guest and hears from it.
#pragma once

#include <poll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "remote/events.h"
#include "remote/guest_process.h"
#include "remote/outgoing.h"
#include "remote/task.h"
#include "stoa/plugin.h"

namespace stoa::remote {

// Who is told what a guest says. What comes in one receive() comes in the order in which the guest
// said it: what a handler emitted and answered before that it was handled. All views are borrowed
// until the function returns. What a function throws comes out of receive(), and ends the link.
class Listener {
 public:
  // Its create() has returned, or the plugin could not be loaded or confined: then `result` is an
  // error, `why` a finished sentence for the operator, and the guest ends. Once, first of these.
  virtual void created(int32_t result, std::string_view why) = 0;
  // The oldest event that was sent and not yet handled has been: `result` is what handle()
  // returned, whatever it is.
  virtual void handled(int32_t result) = 0;
  // It called answer(). Well-formed as STOA's own table demands (kind, code, UTF-8), but `token` is
  // what the guest says: it may never have been given to it. `answer.struct_size` is ours.
  virtual void answered(stoa_reply token, const stoa_answer& answer) = 0;
  // The instance is destroyed, and the process ends. Only after destroy().
  virtual void destroyed() = 0;

 protected:
  ~Listener() = default;
};

// Never waits: what cannot be written is kept, and what is not there is not read. Belongs to one
// thread at a time. It does not know of the process: GuestProcess does.
//
//   link.create(task);
//   link.send(event); link.send(event);   // as many as there are
//   if (!link.flush()) ...gone...         // one write for all
//   poll(link.descriptors());
//   try { if (!link.receive(listener, host)) ...gone... } catch (const Nonsense&) { kill }
class Link {
 public:
  explicit Link(Channels channels);

  // What the guest is to be. REQUIRES: called once, before all else.
  void create(const Task& task);
  // One event. It is copied; nothing is written yet. Whoever sends looks at unsent() and
  // in_flight(): here is no bound.
  void send(const stoa_event& event);
  // The instance is to be destroyed after what was sent. REQUIRES: nothing is sent afterwards.
  void destroy();

  // Writes what the sockets take now. False: the guest does not read any more, it ended or is about
  // to.
  [[nodiscard]] bool flush();
  [[nodiscard]] bool wants_write() const noexcept;
  // What to poll for now; the number -1, which poll() leaves out, is nothing. After any event, call
  // receive() and flush(); both may be called at any time.
  [[nodiscard]] std::array<pollfd, 2> descriptors() const noexcept;

  // Bytes that flush() has still to write, and events that were sent and not yet handled.
  [[nodiscard]] std::size_t unsent() const noexcept;
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }

  // Reads what is there, at most 1 MiB at a time, tells `listener`, performs calls on `host`, which
  // is the table of the version that the guest serves, and writes their replies. While a guest does
  // not take a reply nothing more is read from it. False: nothing comes any more, the guest has
  // ended. Throws Nonsense if the guest says what it cannot say: it must be killed then, and this
  // object not be used any more.
  [[nodiscard]] bool receive(Listener& listener, const stoa_host& host);

 private:
  enum class Got { kSome, kAll, kNothing, kEnd };  // kAll: of what there was
  [[nodiscard]] Got read_some();
  void hand_out(Listener& listener, const stoa_host& host);
  void take(const Record& record, Listener& listener, const stoa_host& host);
  void take_created(const Record& record, Listener& listener);
  void take_handled(const Record& record, Listener& listener);

  plugin::FileDescriptor events_;
  plugin::FileDescriptor calls_;
  Outgoing to_events_;
  Outgoing to_calls_;
  std::string incoming_;
  std::size_t in_flight_ = 0;
  std::size_t largest_ = kMaxRecord;
  bool created_ = false;
  bool destroying_ = false;
  bool destroyed_ = false;
};

}  // namespace stoa::remote
