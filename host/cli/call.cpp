#include "cli/call.h"

#include <iostream>
#include <iterator>
#include <utility>

namespace stoa::cli {
namespace {

std::string read_body(const CallOptions& options) {
  if (options.body != "-") return options.body;
  return {std::istreambuf_iterator<char>(std::cin), {}};
}

int write_answer(const client::Outcome& answer, std::ostream& out, std::ostream& err) {
  out << answer.body;
  if (!answer.binary && !answer.body.empty() && answer.body.back() != '\n') out << '\n';
  out.flush();
  if (out) return kDone;
  err << "The answer could not be written\n";
  return kOutputClosed;
}

int report_failure(const client::Outcome& answer, std::ostream& err) {
  err << one_line(answer.body) << '\n';
  switch (answer.status) {
    case client::Status::kError:
      return kHandlerError;
    case client::Status::kTimeout:
      return kTimeout;
    case client::Status::kInvalid:
    case client::Status::kLimit:
      return kUsage;
    default:
      return kNotConnected;
  }
}

}  // namespace

int run_call(const CallOptions& options, std::ostream& out, std::ostream& err) {
  const Entrance& entrance = options.entrance;
  client::Options client_options;
  client_options.namespaces[entrance.ns];
  if (const int code = prepare(entrance, client_options, err); code != kDone) return code;
  client::Client client(std::move(client_options));
  if (const int code = enter(client, entrance, err); code != kDone) return code;

  const std::string body = read_body(options);
  const client::Outcome answer =
      client.ask({.ns = entrance.ns,
                  .room = entrance.rooms.empty() ? std::string_view() : entrance.rooms.front(),
                  .event = options.event,
                  .body = body,
                  .binary = options.binary});
  if (answer) return write_answer(answer, out, err);
  if (answer.status == client::Status::kClosed) tell_how_it_closed(client.closed(), err);
  return report_failure(answer, err);
}

}  // namespace stoa::cli
