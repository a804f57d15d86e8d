#include "guest.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <chrono>

#include "kit/process.h"

namespace stoa::testing {

namespace {

using Clock = std::chrono::steady_clock;

stoa_bytes bytes(const std::string& text) {
  return {text.data(), text.size()};
}

}  // namespace

Guest::Guest(const std::string& library, const std::string& config,
             const remote::Confinement& confinement, const std::vector<std::string>& environment)
    : process(library, environment),
      link(process.take_channels()),
      here_(plugin::Library::of_copy(library)) {
  link.create({.ns = "here", .version = "v1", .config_json = config, .confinement = confinement});
  EXPECT_TRUE(serve_until([&] { return created_.has_value(); }));
}

void Guest::created(int32_t result, std::string_view why) {
  created_ = result;
  complaint_ = why;
}

void Guest::handled(int32_t) {
  ++handled_;
}

void Guest::answered(stoa_reply token, const stoa_answer& answer) {
  answer_size_ = answer.body.size;
  if (answer_size_ > 4096) return;
  last_answer_.assign(answer.body.data, answer.body.size);
  (void)host.table().answer(&host.table(), token, &answer);
}

uint32_t Guest::index_of(const std::string& event) const {
  return here_->interests().event_index(event);
}

void Guest::send(const Happening& happening) {
  const stoa_event event = {sizeof event,
                            happening.kind,
                            happening.flags,
                            happening.by,
                            index_of(happening.event),
                            happening.status,
                            happening.connection,
                            happening.reply,
                            happening.cookie,
                            bytes(happening.room),
                            bytes(happening.event),
                            bytes(happening.body)};
  link.send(event);
}

std::string Guest::deliver(const Happening& happening) {
  const std::size_t before = handled_;
  send(happening);
  EXPECT_TRUE(serve_until([&] { return handled_ > before; })) << happening.event;
  return host.take_calls();
}

std::string Guest::message(const std::string& event, const std::string& body) {
  return deliver({.event = event, .body = body, .flags = STOA_EVENT_ASK});
}

std::string Guest::reply(const std::string& event, const std::string& body) {
  last_answer_.clear();
  (void)message(event, body);
  return last_answer_;
}

bool Guest::serve() {
  const auto sockets = link.descriptors();
  std::array<pollfd, 3> waits{{sockets[0], sockets[1], {process.output(), POLLIN, 0}}};
  if (::poll(waits.data(), waits.size(), 100) < 0) return false;
  print(false);
  try {
    const bool going = link.receive(*this, host.table());
    return link.flush() && going;
  } catch (const remote::Nonsense& error) {
    nonsense_ = error.what();
    process.kill();
    return false;
  }
}

void Guest::print(bool wait) {
  const auto keep = [&](std::string_view line) { printed_.emplace_back(line); };
  while (output_.read(process.output(), keep) && wait) {
    pollfd more{process.output(), POLLIN, 0};
    ::poll(&more, 1, 100);
  }
}

bool Guest::serve_until(const std::function<bool()>& done) {
  (void)link.flush();
  for (const auto until = Clock::now() + kit::kPatience; Clock::now() < until;) {
    const bool going = serve();
    if (done()) return true;
    if (!going) return false;
  }
  return false;
}

const remote::End& Guest::end() {
  (void)serve_until([] { return false; });
  const remote::End& how = process.wait();
  print(true);
  return how;
}

const remote::End& Guest::destroy() {
  link.destroy();
  return end();
}

}  // namespace stoa::testing
