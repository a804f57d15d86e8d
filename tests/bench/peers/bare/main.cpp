// bench_bare: an echo or a fan-out on libwebsockets alone, the ceiling for our own server.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "rx_memory.h"
#include "server.h"

constexpr std::size_t kMostConnections = 16384;

int main(int argc, char** argv) {
  using stoa::bench::RxMemory;
  stoa::bench::BareOptions options;
  RxMemory rx_memory = RxMemory::kShort;
  const std::map<std::string, RxMemory> places = {
      {"heap", RxMemory::kHeap}, {"region", RxMemory::kRegion}, {"short", RxMemory::kShort}};

  CLI::App app("A WebSocket server of nothing but libwebsockets, on a port of the loopback.");
  app.add_flag("--fan-out", options.fan_out, "Send each message to every connection");
  app.add_option("--rx", options.rx_buffer_size, "Receive buffer of a connection, in bytes");
  app.add_option("--rx-memory", rx_memory, "Where these buffers live")
      ->transform(CLI::CheckedTransformer(places));
  CLI11_PARSE(app, argc, argv);

  stoa::bench::place_rx_buffers(rx_memory, options.rx_buffer_size + 64, kMostConnections);
  stoa::bench::BareServer server(options);
  std::printf("listening ws://127.0.0.1:%u/\n", server.port());
  std::fflush(stdout);
  server.run();
}
