// `stoa ctl COMMAND ...`
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace stoa::cli {

struct CtlOptions {
  std::string socket;      // empty: where the manifest says
  std::string config;      // that manifest; empty: the default one
  bool json = false;       // the result as the server sent it
  bool terminal = false;   // somebody looks at it: some colour
  uint32_t timeout_s = 0;  // for the whole command; 0: as long as it takes
};

// A command and its arguments; one that was left out is empty.
struct CtlCommand {
  std::string name;
  std::string config;  // plan: another manifest than the server's
  std::string ns;
  std::string version;               // promote, retire
  std::vector<std::string> weights;  // weight: each "VERSION=PERCENT"
  std::string schedule;              // promote
  uint64_t number = 0;               // rollback: to which one; history: how many; 0: left out
};

// Asks the running server for it. Writes the result to `out`, as text for people or as one line of
// JSON, and what the server says meanwhile to `err`. An error is a sentence in `err`, and with
// `json` also {"error": ...} in `out`. Returns kDone, kNotConnected if the server refused or is not
// there, kUsage, kTimeout, kServerClosed if it went away in the middle, or kOutputClosed.
int run_ctl(const CtlOptions& options, const CtlCommand& command, std::ostream& out,
            std::ostream& err);

}  // namespace stoa::cli
