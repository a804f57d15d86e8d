#include "remote/output.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace stoa::remote {

namespace {

constexpr std::size_t kMaxLine = std::size_t{8} * 1024;
constexpr int kPieces = 16;
constexpr std::size_t kPiece = 4096;

}  // namespace

bool Output::read(int descriptor, const Line& line) {
  std::array<char, kPiece> chunk;
  for (int i = 0; i < kPieces; ++i) {
    const ssize_t got = ::read(descriptor, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
    if (got > 0) rest_.append(chunk.data(), static_cast<std::size_t>(got));
    hand_out(line, got <= 0);
    if (got <= 0) return false;
  }
  return true;
}

void Output::hand_out(const Line& line, bool at_end) {
  std::string_view left = rest_;
  for (;;) {
    const std::size_t end = left.substr(0, kMaxLine + 1).find('\n');
    if (end != std::string_view::npos) {
      line(left.substr(0, end));
      left.remove_prefix(end + 1);
    } else if (left.size() > kMaxLine || (at_end && !left.empty())) {
      line(left.substr(0, kMaxLine));
      left.remove_prefix(std::min(left.size(), kMaxLine));
    } else {
      break;
    }
  }
  rest_.erase(0, rest_.size() - left.size());
}

}  // namespace stoa::remote
