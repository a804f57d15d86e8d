#include <string>

#include "plugin/inert_host.h"
#include "remote/calls.h"
#include "remote/record.h"
#include "targets.h"

namespace stoa::fuzz {
namespace {

// What the guest may take for the host's last word, if any: whole records of replies.
void check_replies(std::string_view replies) {
  while (!replies.empty()) {
    const auto record = remote::next_record(replies, replies.size());
    must(record && record->kind == remote::Kind::kReply, "replies are whole");
    must(record->payload.size() >= sizeof(int32_t), "a reply has a result");
  }
}

void check_answer(const remote::Record& record) {
  const remote::GivenAnswer given = remote::read_answer(record);
  must(given.answer.kind <= STOA_ANSWER_CLOSE, "an answer is of a kind");
  must(given.answer.body.size <= record.payload.size(), "no more is borrowed than there is");
}

void take(const remote::Record& record) {
  std::string replies;
  if (record.kind == remote::Kind::kAnswer) return check_answer(record);
  remote::perform(record, plugin::inert_host(), replies);
  check_replies(replies);
}

}  // namespace

void fuzz_guest(std::string_view input) {
  constexpr std::size_t kLimit = 4096;
  try {
    while (const auto record = remote::next_record(input, kLimit)) take(*record);
    must(input.size() < 2 * sizeof(uint32_t) + kLimit, "what is awaited is bounded");
  } catch (const remote::Nonsense& error) {
    must(*error.what() != '\0', "nonsense says what it is");
  }
}

}  // namespace stoa::fuzz
