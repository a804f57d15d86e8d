// The vectors that every implementation of the protocol agrees on.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "wire/frame.h"
#include "wire/message.h"

namespace stoa::wire {
namespace {

nlohmann::json vectors() {
  std::ifstream file(WIRE_VECTORS);
  return nlohmann::json::parse(file);
}

void expect_fields(const nlohmann::json& vector, const Message& message) {
  EXPECT_EQ(message.wait, vector["wait"]);
  EXPECT_EQ(message.ns, vector["namespace"]);
  EXPECT_EQ(message.room, vector["room"]);
  EXPECT_EQ(message.event, vector["event"]);
  EXPECT_EQ(message.is_error, vector["error"]);
  EXPECT_EQ(message.is_noop, vector["noop"]);
  EXPECT_EQ(message.body, vector["body"]);
}

// As a server writes it: the empty answer has no flags, everything else has them.
std::string written(const Message& message, bool is_empty_answer) {
  if (is_empty_answer) return std::string(message.wait) + std::string(kEmptyAnswerTail);
  std::string out;
  append(out, message);
  return out;
}

TEST(Vectors, AreReadAndWritten) {
  const nlohmann::json messages = vectors()["messages"];
  ASSERT_GE(messages.size(), 12u);
  for (const nlohmann::json& vector : messages) {
    SCOPED_TRACE(vector["name"]);
    const std::string bytes = vector["bytes"];
    Unescaped scratch;
    const auto message = parse(bytes, scratch);
    ASSERT_TRUE(message);
    expect_fields(vector, *message);
    EXPECT_EQ(written(*message, vector["name"] == "empty answer"), bytes);
  }
}

TEST(Vectors, ThatAreNoMessagesAreRefused) {
  const nlohmann::json invalid = vectors()["invalid"];
  ASSERT_GE(invalid.size(), 6u);
  for (const std::string bytes : invalid) {
    Unescaped scratch;
    EXPECT_FALSE(parse(bytes, scratch)) << bytes;
  }
}

}  // namespace
}  // namespace stoa::wire
