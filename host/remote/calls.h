// The calls of a guest's plugin, carried out by the host.
#pragma once

#include <string>

#include "remote/record.h"
#include "stoa/host.h"

namespace stoa::remote {

// Performs the call that `record` is on `host`, whose own checks see every argument, and appends
// the reply, if it is one that the guest waits for, to `replies`. Of the guest nothing is believed
// but the bytes that are there. Throws Nonsense if the record is no call, or not a whole one.
// Errors of calls that nobody waits for end here: the table logs them.
void perform(const Record& record, const stoa_host& host, std::string& replies);

// An answer() in a record of kAnswer.
struct GivenAnswer {
  stoa_reply token = 0;
  stoa_answer answer{};  // borrows the record's buffer
};
// Throws Nonsense, also if the answer is not well-formed: the guest's own table lets none pass.
[[nodiscard]] GivenAnswer read_answer(const Record& record);

}  // namespace stoa::remote
