// Where the libraries of versions come from.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>

#include "manifest/manifest.h"
#include "plugin/libraries.h"
#include "report/log.h"
#include "rollout/scene.h"

namespace stoa::rollout {

// Used by one thread at a time.
class Builds {
 public:
  // `directory` is the operator's; another one waits for a restart. `kept` has copies of libraries
  // that served before a restart.
  Builds(plugin::Libraries& libraries, std::filesystem::path directory, std::filesystem::path kept,
         report::Log& log)
      : libraries_(libraries),
        directory_(std::move(directory)),
        kept_(std::move(kept)),
        log_(log) {}

  // Other threads run from now on. `given_up`: once true, nothing is waited for.
  void go_live(const std::atomic<bool>& given_up) noexcept {
    child_ = {.kind = plugin::ChildKind::kProgram, .given_up = &given_up};
    live_ = true;
  }

  enum class Depth {
    kLook,  // what the files are at this moment; nothing of them is loaded here
    kLoad,
  };
  // What the manifest wants. A namespace of which it says the same as when it came to be what it is
  // in `running` stays as the steps since then have made it, but for files that were replaced.
  // Throws report::StartupError if a plugin that is to run cannot be loaded. What a rollback
  // brought back needs no file: it stays if that is gone, and, at a start, if it cannot be loaded.
  [[nodiscard]] Scene scene_of(const manifest::Manifest& manifest, const Scene& running,
                               Depth depth);

  // The library of one of its builds, if it is only remembered. Throws report::StartupError.
  void provide(Wanted& ns, std::size_t at);
  // What the version's file is now. Throws report::StartupError.
  [[nodiscard]] Build present(const manifest::Namespace& ns, const manifest::Version& version) {
    return build_of(ns, version, Depth::kLoad);
  }

 private:
  void read_files(Wanted& ns, bool same_words, Depth depth);
  [[nodiscard]] std::string read_file(Wanted& ns, std::size_t at, bool same_words, Depth depth);
  [[nodiscard]] bool may_do_without(const Wanted& ns, std::size_t at) const;
  [[nodiscard]] plugin::ChildWay way_of(const manifest::Namespace& ns,
                                        const manifest::Version& version) const;
  [[nodiscard]] Build build_of(const manifest::Namespace& ns, const manifest::Version& version,
                               Depth depth);

  plugin::Libraries& libraries_;
  const std::filesystem::path directory_;
  const std::filesystem::path kept_;
  report::Log& log_;
  plugin::ChildWay child_;
  bool live_ = false;
};

}  // namespace stoa::rollout
