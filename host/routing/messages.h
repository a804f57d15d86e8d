// Frames from clients: what each one is, and who handles it.
#pragma once

#include <string_view>

#include "routing/connection.h"
#include "wire/message.h"

namespace stoa::routing {

class Shard;

// One shard's. Loop thread only.
class Messages {
 public:
  explicit Messages(Shard& shard) : shard_(shard) {}

  void receive(Connection& from, std::string_view payload, bool binary);
  // The same for a frame that was received before, and held.
  void go_on(Connection& from, std::string_view payload, bool binary);

 private:
  void before_acknowledgement(Connection& from, std::string_view payload, bool binary);
  void message(Connection& from, const wire::Received& message, std::string_view payload,
               bool binary);
  void lifecycle(Membership& member, const wire::Message& message, bool binary);
  void event(Membership& member, const wire::Received& message, bool binary);
  void native(Connection& from, std::string_view payload, bool binary);
  void deliver_native(Membership& member, std::string_view payload, bool binary);
  void hold(Membership& member, std::string_view payload, bool binary);

  Shard& shard_;
  wire::Unescaped scratch_;
};

}  // namespace stoa::routing
