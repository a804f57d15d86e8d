// One WebSocket connection, over libwebsockets.
#pragma once

#include <libwebsockets.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stoa/client.hpp"
#include "url.h"

namespace stoa::client {

using Headers = std::vector<std::pair<std::string, std::string>>;

// Opened, gone, opened again. Owned by the client; lives on the loop's thread, except reserve().
class Socket {
 public:
  // What the connection has to report. Called from within libwebsockets: open() must not be called
  // from there.
  struct Listener {
    std::function<void()> opened;
    std::function<void(std::string_view payload, bool binary)> received;
    // Once for each open(). `opened` tells whether the upgrade had succeeded.
    std::function<void(const Closed& closed, bool opened)> gone;
  };

  struct Limits {
    std::size_t message_bytes = 0;
    std::size_t queue_bytes = 0;
  };

  // `context` must outlive the last call; `listener` is called on its thread.
  Socket(Listener listener, Limits limits) : listener_(std::move(listener)), limits_(limits) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // libwebsockets' events; the context's user pointer is the Socket.
  static int callback(lws* wsi, lws_callback_reasons reason, void* user, void* in,
                      std::size_t size);

  // REQUIRES: gone, or never opened.
  void open(lws_context* context, const Url& url, Headers headers);

  // A frame to be filled: append the payload to what is there already.
  static std::string blank() { return std::string(LWS_PRE, '\0'); }

  // Books room for a frame in the queue, or returns false if it is full. Any thread. Each frame
  // that is given to send() must have been booked.
  [[nodiscard]] bool reserve(const std::string& frame);
  void send(std::string frame, bool binary);
  // Gives back what reserve() booked for a frame that will not be sent.
  void release(const std::string& frame);

  // Closes after what is queued. Nothing is received from now on.
  void close(uint16_t code, std::string_view reason);
  // Ends it at once, without a word to the server. `why` is what gone() reports.
  void kill(std::string_view why);

  [[nodiscard]] bool idle() const { return state_ == State::kIdle; }

 private:
  enum class State { kIdle, kConnecting, kOpen, kClosing };
  struct Frame {
    std::string bytes;  // LWS_PRE bytes for libwebsockets, then the payload
    bool binary;
  };

  int add_headers(unsigned char** at, const unsigned char* end);
  int established();
  int receive(const char* data, std::size_t size);
  void message_complete(std::string_view message);
  int write();
  bool write_front();
  void note_peer_close(const unsigned char* data, std::size_t size);
  void note_failure(std::string_view text);
  void gone();

  Listener listener_;
  Limits limits_;
  State state_ = State::kIdle;
  lws* wsi_ = nullptr;
  bool opened_ = false;
  Headers headers_;
  std::string incoming_;  // fragments of the message that is being received
  std::deque<Frame> queue_;
  std::atomic<std::size_t> queued_bytes_ = 0;
  Closed closed_;  // how it ends, as far as is known
};

}  // namespace stoa::client
