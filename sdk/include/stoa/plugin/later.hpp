// An answer that comes later.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "../host.h"
#include "result.hpp"

namespace stoa {

namespace detail {

// The one answer that an event is owed. Shared by the copies of a Later and, while the handler
// runs, by its call; when the last of them lets go of it unanswered, it answers with kNoAnswer.
class Question {
 public:
  Question(const stoa_host* host, stoa_reply token) : host_(host), token_(token) {}
  ~Question() {
    const std::string_view text = kNoAnswer.text();
    (void)answer({sizeof(stoa_answer), STOA_ANSWER_ERROR, 0, 0, {text.data(), text.size()}});
  }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  Status answer(const stoa_answer& raw) noexcept {
    if (token_ == 0 || answered_.exchange(true)) return Status::kStale;
    return static_cast<Status>(host_->answer(host_, token_, &raw));
  }

 private:
  const stoa_host* host_;
  stoa_reply token_;
  std::atomic<bool> answered_ = false;
};

}  // namespace detail

// Taken from an event with event.later(), kept for as long as it takes, and answered from any
// thread:
//
//   stoa::Result slow(stoa::Member&, stoa::Message msg) {
//     workers_.run([later = msg.later()] { later.reply(work()); });
//     return stoa::pending();
//   }
//
// Copies share the one answer: the first counts, and the next get kStale. When the last copy goes
// without an answer, the asker gets the error "no answer", so that nobody waits for ever.
// REQUIRES: it is answered or gone before the plugin's destructor ends.
class Later {
 public:
  explicit Later(std::shared_ptr<detail::Question> question) : question_(std::move(question)) {}

  // kStale: it was answered, its connection is gone, or the event could not be answered at all.
  Status answer(const Result& result) const {
    return result.is_pending() ? Status::kInvalid : question_->answer(result.raw());
  }

  // A string is text, any other value JSON. What is exported is no reply: answer(stoa::State(...)).
  template <class T>
  Status reply(const T& body) const {
    return answer(stoa::reply(body));
  }

  Status error(std::string text) const { return answer(stoa::error(std::move(text))); }

 private:
  std::shared_ptr<detail::Question> question_;  // shared: lambdas that hold a Later are copied
};

}  // namespace stoa
