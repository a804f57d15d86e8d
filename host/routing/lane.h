// Where a version's plugin runs, if not on the loops.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "manifest/manifest.h"
#include "routing/mail.h"
#include "routing/namespace.h"
#include "routing/version.h"

namespace stoa::routing {

// One version's queue of events, which are handled elsewhere in the order in which the shards
// posted them. What its plugin says to an event goes back to the shard whose question it was.
class Lane {
 public:
  // For a version that runs so; null if that is on the loops.
  static std::unique_ptr<Lane> make(Version& version, manifest::Run run);

  explicit Lane(Version& version) : version_(version) {}
  virtual ~Lane() = default;  // as end()
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  [[nodiscard]] virtual manifest::Run run() const noexcept = 0;
  // What was posted is handled from now on. Throws report::StartupError if the system has nothing
  // to do it with.
  virtual void start() = 0;
  // Has the rest handled, and that is all: it takes as long as the plugin takes. What is posted
  // afterwards is never handled.
  virtual void end() = 0;

  // Any thread. Nobody is woken before ring(): a turn's letters make one batch.
  void post(const Letter& letter) {
    depth_.fetch_add(1, std::memory_order_relaxed);
    bytes_.fetch_add(letter.bytes(), std::memory_order_relaxed);
    put(letter);
  }
  virtual void ring() = 0;

  // Letters that were posted and are not handled yet, the one that runs included. Any thread.
  [[nodiscard]] std::size_t depth() const noexcept {
    return depth_.load(std::memory_order_acquire);
  }

  // The same in bytes of their rooms, events and bodies.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.load(); }

  // As much waits as its namespace allows.
  [[nodiscard]] bool is_full() const noexcept {
    const manifest::Queue bounds = version_.ns().queue();
    return depth_.load() >= bounds.max_messages || bytes_.load() >= bounds.max_bytes;
  }
  // Somebody waits for room: false if there is some already.
  [[nodiscard]] bool await_room() noexcept;

 protected:
  // What a letter leaves to be done once it was handled.
  struct Debt {
    stoa_reply reply = 0;  // 0: nothing is to be answered, or it was
    stoa_reply receipt = 0;
    std::size_t bytes = 0;
    bool forced = false;
  };
  [[nodiscard]] static Debt debt_of(const Letter& letter) noexcept;
  // Whose question is it?
  [[nodiscard]] Shard& asker(stoa_reply token);
  // Its plugin returned `result`.
  void settle(const Debt& debt, int32_t result);

  // It is queued.
  virtual void put(const Letter& letter) = 0;

  Version& version_;

 private:
  void handled(const Debt& debt);
  [[nodiscard]] bool has_room() const noexcept {
    const manifest::Queue bounds = version_.ns().queue();
    return depth_.load() <= bounds.max_messages / 2 && bytes_.load() <= bounds.max_bytes / 2;
  }

  std::atomic<std::size_t> depth_ = 0;
  std::atomic<std::size_t> bytes_ = 0;  // of these letters
  std::atomic<bool> awaited_ = false;   // somebody waits for room
};

}  // namespace stoa::routing
