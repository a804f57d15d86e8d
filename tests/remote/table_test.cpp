// What a plugin's calls return before the host hears of them.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

#include "remote/guest_table.h"

namespace stoa::remote {
namespace {

class Table : public ::testing::Test {
 protected:
  Table() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0);
    calls_ = std::make_unique<GuestCalls>(ends_[0]);
    table_ = std::make_unique<GuestTable>(*calls_);
    host_ = &table_->host();
  }
  ~Table() override {
    calls_.reset();
    for (const int end : ends_) ::close(end);
  }

  std::array<int, 2> ends_{};
  std::unique_ptr<GuestCalls> calls_;
  std::unique_ptr<GuestTable> table_;
  const stoa_host* host_ = nullptr;
  stoa_answer nothing_{
      .struct_size = sizeof nothing_, .kind = 0, .flags = 0, .code = 0, .body = {}};
  stoa_target all_{.struct_size = sizeof all_, .scope = STOA_TO_NAMESPACE};
};

TEST_F(Table, AnswersTheEventThatIsHandledOnce) {
  table_->handling(7);
  EXPECT_EQ(host_->answer(host_, 7, &nothing_), STOA_OK);
  EXPECT_EQ(host_->answer(host_, 7, &nothing_), STOA_ERR_STALE);
  table_->handling(8);
  EXPECT_EQ(host_->answer(host_, 8, &nothing_), STOA_OK);
  EXPECT_EQ(host_->answer(host_, 0, &nothing_), STOA_ERR_STALE);
  // An earlier one, which was pending maybe: the host knows.
  EXPECT_EQ(host_->answer(host_, 6, &nothing_), STOA_OK);
}

TEST_F(Table, ABadAnswerDoesNotCount) {
  table_->handling(7);
  stoa_answer bad = nothing_;
  bad.kind = 99;
  EXPECT_EQ(host_->answer(host_, 7, &bad), STOA_ERR_INVALID);
  EXPECT_EQ(host_->answer(host_, 7, &nothing_), STOA_OK);
}

TEST_F(Table, FollowsNoPointerThatIsNone) {
  const stoa_bytes wild{nullptr, 5};
  stoa_message message{.struct_size = sizeof message, .flags = 0, .event = {"e", 1}, .body = wild};
  EXPECT_EQ(host_->answer(host_, 7, nullptr), STOA_ERR_INVALID);
  EXPECT_EQ(host_->answer(nullptr, 7, &nothing_), STOA_ERR_INVALID);
  EXPECT_EQ(host_->emit(host_, &all_, nullptr), STOA_ERR_INVALID);
  EXPECT_EQ(host_->emit(host_, &all_, &message), STOA_ERR_INVALID);
  EXPECT_EQ(host_->prepare(host_, {}, &message, nullptr), STOA_ERR_INVALID);
  EXPECT_EQ(host_->connect(host_, 5, &wild, 0), STOA_ERR_INVALID);
  EXPECT_EQ(host_->join(host_, 5, {}, 0), STOA_ERR_INVALID);
  EXPECT_EQ(host_->close(host_, 5, 4000, wild), STOA_ERR_INVALID);
  EXPECT_EQ(host_->set_id(host_, 5, wild), STOA_ERR_INVALID);
  EXPECT_EQ(host_->fact(host_, 5, STOA_FACT_ID, {}, nullptr), STOA_ERR_INVALID);
  EXPECT_EQ(host_->store_get(host_, 0, wild, nullptr), STOA_ERR_INVALID);
  EXPECT_EQ(host_->store_set(host_, 0, wild, {}), STOA_ERR_INVALID);
  EXPECT_EQ(host_->store_add(host_, 0, {"k", 1}, 1, nullptr), STOA_ERR_INVALID);
  EXPECT_EQ(host_->store_swap(host_, 0, {"k", 1}, &wild, {}), STOA_ERR_INVALID);
  EXPECT_EQ(host_->members(host_, {}, nullptr, 1, nullptr), STOA_ERR_INVALID);
  EXPECT_EQ(host_->timer_start(host_, 1, 1, 1, nullptr), STOA_ERR_INVALID);
  EXPECT_EQ(host_->log(host_, STOA_LOG_INFO, {}, nullptr, 1), STOA_ERR_INVALID);
  EXPECT_EQ(host_->counter_add(host_, wild, 1), STOA_ERR_INVALID);
  EXPECT_EQ(host_->gauge_set(host_, {"1st", 3}, 1), STOA_ERR_INVALID);
}

TEST_F(Table, SaysNothingThatIsLargerThanTheHostTakes) {
  const std::string body(kMaxRecord, 'x');
  const stoa_message message{.struct_size = sizeof message,
                             .flags = STOA_MESSAGE_BINARY,
                             .event = {"e", 1},
                             .body = {body.data(), body.size()}};
  EXPECT_EQ(host_->emit(host_, &all_, &message), STOA_ERR_LIMIT);
  calls_->begin();
  calls_->end();
  char byte = 0;
  EXPECT_LT(::recv(ends_[1], &byte, 1, MSG_DONTWAIT), 0);
}

}  // namespace
}  // namespace stoa::remote
