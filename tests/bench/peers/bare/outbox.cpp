#include "outbox.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <new>

namespace stoa::bench {
namespace {

constexpr std::size_t kScratchBytes = 64 * 1024;

std::size_t write_header(unsigned char* out, bool binary, std::size_t size) {
  out[0] = binary ? 0x82 : 0x81;
  if (size < 126) {
    out[1] = static_cast<unsigned char>(size);
    return 2;
  }
  const std::size_t digits = size <= 0xFFFF ? 2 : 8;
  out[1] = digits == 2 ? 126 : 127;
  for (std::size_t i = 0; i < digits; ++i) {
    out[2 + i] = static_cast<unsigned char>(size >> (8 * (digits - 1 - i)));
  }
  return 2 + digits;
}

}  // namespace

SharedFrame* SharedFrame::make(bool binary, std::string_view payload) {
  std::array<unsigned char, 10> header{};
  const std::size_t header_size = write_header(header.data(), binary, payload.size());
  void* memory = std::malloc(sizeof(SharedFrame) + header_size + payload.size());
  if (memory == nullptr) std::abort();
  auto* frame = new (memory) SharedFrame(header_size + payload.size());
  char* bytes = reinterpret_cast<char*>(frame + 1);
  std::memcpy(bytes, header.data(), header_size);
  std::memcpy(bytes + header_size, payload.data(), payload.size());
  return frame;
}

void SharedFrame::release() {
  if (--references_ == 0) std::free(this);
}

Outbox::~Outbox() {
  for (std::size_t i = next_; i < frames_.size(); ++i) frames_[i]->release();
}

bool Outbox::push(SharedFrame* frame) {
  frame->retain();
  frames_.push_back(frame);
  return frames_.size() == 1;
}

bool Outbox::flush(lws* wsi) {
  while (next_ < frames_.size()) {
    if (lws_partial_buffered(wsi) != 0) {
      lws_callback_on_writable(wsi);
      return true;
    }
    if (!write_gathered(wsi)) return false;
  }
  frames_.clear();
  next_ = 0;
  return true;
}

bool Outbox::write_gathered(lws* wsi) {
  static std::array<unsigned char, LWS_PRE + kScratchBytes> scratch;
  unsigned char* const begin = scratch.data() + LWS_PRE;
  std::size_t filled = 0;
  while (next_ < frames_.size() && filled < kScratchBytes) {
    const std::string_view left = frames_[next_]->bytes().substr(offset_);
    const std::size_t n = std::min(left.size(), kScratchBytes - filled);
    std::memcpy(begin + filled, left.data(), n);
    filled += n;
    offset_ += n;
    if (n == left.size()) {
      frames_[next_++]->release();
      offset_ = 0;
    }
  }
  return lws_write(wsi, begin, filled, LWS_WRITE_HTTP) == static_cast<int>(filled);
}

}  // namespace stoa::bench
