#include <string>

#include "targets.h"
#include "wire/frame.h"
#include "wire/message.h"

namespace stoa::fuzz {
namespace {

void check_message(const wire::Message& message) {
  std::string written;
  wire::append(written, message);
  must(written.size() == wire::encoded_size(message), "the size of a message is known before");

  wire::Unescaped scratch;
  const auto again = wire::parse(written, scratch);
  must(again && *again == message, "a message comes back as it was written");

  const wire::Frame frame = wire::Frame::of(wire::Opcode::kBinary, message);
  must(frame.payload() == written, "a message's frame holds the message");
}

void check_reply(const wire::Received& question) {
  const wire::Received without_head{static_cast<const wire::Message&>(question)};
  std::string scratch;
  std::string written;
  must(wire::reply_head(question, scratch) == wire::reply_head(without_head, written),
       "a reply repeats the names that came");
}

void check_text(std::string_view text) {
  const std::string_view cut = wire::cut_utf8(text, 123);
  must(cut.size() <= 123 && text.starts_with(cut), "a cut text is a short prefix");
  must(wire::is_utf8(cut), "a cut text is UTF-8");
  must(wire::is_utf8(text) == (wire::cut_utf8(text, text.size()) == text),
       "UTF-8 is cut only where it must be");
}

}  // namespace

void fuzz_message(std::string_view input) {
  wire::Unescaped scratch;
  if (const auto message = wire::parse(input, scratch)) {
    check_message(*message);
    check_reply(*message);
  }
  check_text(input);
}

}  // namespace stoa::fuzz
