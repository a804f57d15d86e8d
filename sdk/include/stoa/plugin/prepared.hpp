// A message that is built once, to be sent often.
#pragma once

#include <utility>

#include "../detail/link.hpp"

namespace stoa {

// What everyone().prepare() and room().prepare() return: names and body as they will go to the
// sockets, kept by the host until this is destroyed. What was sent of it by then arrives. Sending
// one copies nothing and encodes nothing. Moves; must not outlive the plugin. Any thread.
//
//   const stoa::Prepared news = everyone().prepare("news", story);
//   for (const stoa::Member& reader : readers) reader.emit(news);
class Prepared {
 public:
  Prepared(detail::Link& link, stoa_prepared number) : link_(&link), number_(number) {}
  Prepared(Prepared&& other) noexcept
      : link_(other.link_), number_(std::exchange(other.number_, 0)) {}
  Prepared& operator=(Prepared&& other) noexcept {
    std::swap(link_, other.link_);
    std::swap(number_, other.number_);
    return *this;
  }
  ~Prepared() {
    if (number_ != 0) (void)link_->call(&stoa_host::prepared_forget, number_);
  }

  // False if the host refused to keep it (the body is no UTF-8, or too much is kept): sending it
  // answers kStale.
  explicit operator bool() const { return number_ != 0; }
  [[nodiscard]] stoa_prepared number() const { return number_; }

 private:
  detail::Link* link_;
  stoa_prepared number_;
};

}  // namespace stoa
