// What waits to be sent on one connection of the bare server.
#pragma once

#include <libwebsockets.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace stoa::bench {

// The bytes of one WebSocket frame, header included, shared by the queues it waits in. Counted
// without atomics: the bare server has one thread.
class SharedFrame {
 public:
  // A final frame around `payload`, with one reference for the caller.
  static SharedFrame* make(bool binary, std::string_view payload);

  void retain() { ++references_; }
  void release();
  [[nodiscard]] std::string_view bytes() const {
    return {reinterpret_cast<const char*>(this + 1), size_};
  }

 private:
  explicit SharedFrame(std::size_t size) : size_(size) {}

  uint64_t references_ = 1;
  std::size_t size_;
};

// Frames in the order of push(), gathered into as few writes as possible. Lives on the loop's
// thread.
class Outbox {
 public:
  Outbox() = default;
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // Takes a reference of its own. Returns true if the outbox was empty before.
  bool push(SharedFrame* frame);
  // Writes all that is queued, or as much as the socket takes and asks for a writable callback.
  // Returns false if the connection is broken.
  bool flush(lws* wsi);

 private:
  bool write_gathered(lws* wsi);

  std::vector<SharedFrame*> frames_;
  std::size_t next_ = 0;    // the first frame of frames_ that is not written
  std::size_t offset_ = 0;  // how much of it is
};

}  // namespace stoa::bench
