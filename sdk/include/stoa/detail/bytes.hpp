// Between the C++ layer's texts and the ABI's borrowed bytes. For the layer itself, not for
// plugins.
#pragma once

#include <exception>
#include <string_view>
#include <utility>

#include "../base.h"

namespace stoa::detail {

constexpr stoa_bytes bytes(std::string_view text) {
  return {text.data(), text.size()};
}

constexpr std::string_view view(stoa_bytes raw) {
  return raw.size == 0 ? std::string_view() : std::string_view(raw.data, raw.size);
}

// A stoa_sink that gives each item to `take`. An exception of `take` (out of memory) does not cross
// the host: it is kept and thrown by rethrow(), after the host's function returned.
template <class Take>
class Sink {
 public:
  explicit Sink(Take take) : take_(std::move(take)), raw_{this, &Sink::put} {}
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  [[nodiscard]] const stoa_sink* raw() const { return &raw_; }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  static void put(void* context, stoa_bytes item) noexcept {
    auto* self = static_cast<Sink*>(context);
    if (self->failure_) return;
    try {
      self->take_(view(item));
    } catch (...) {
      self->failure_ = std::current_exception();
    }
  }

  Take take_;
  stoa_sink raw_;
  std::exception_ptr failure_;
};

}  // namespace stoa::detail
