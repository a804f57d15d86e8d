// What a guest prints, line by line.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace stoa::remote {

// Reads GuestProcess::output(). One thread at a time.
class Output {
 public:
  using Line = std::function<void(std::string_view line)>;

  // Reads what is there, at most 64 KiB at a time, and hands out each line, without its end. A line
  // of more than 8 KiB comes in pieces. Lines are any bytes: the log escapes what it must. False:
  // nothing comes any more, and the last line, if it had no end, was handed out too.
  [[nodiscard]] bool read(int descriptor, const Line& line);

 private:
  void hand_out(const Line& line, bool at_end);

  std::string rest_;
};

}  // namespace stoa::remote
