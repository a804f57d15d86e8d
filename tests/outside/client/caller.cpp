// Dials what is no server, and exits with 0 if it is told so.
#include <stoa/client.hpp>
#include <utility>

int main() {
  stoa::client::Options options;
  options.url = "ws://127.0.0.1:1/";
  stoa::client::Client client(std::move(options));
  return client.dial().status == stoa::client::Status::kUnreachable ? 0 : 1;
}
