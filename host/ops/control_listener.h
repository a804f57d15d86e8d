// The socket file of a running server.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "plugin/file_descriptor.h"

namespace stoa::ops {

// Listens on a Unix socket from its making until close(), and the file stands as long. Owned by the
// ControlSocket.
class ControlListener {
 public:
  // The file has exactly `mode` before anyone can connect, and never a wider one; its folder must
  // exist. A socket that a crash left behind is replaced. Throws report::StartupError if there is a
  // server behind it, if something else than a socket stands there, which is left alone, or if the
  // system does not let us listen.
  ControlListener(std::filesystem::path path, mode_t mode);
  ~ControlListener() { close(); }
  ControlListener(const ControlListener&) = delete;
  ControlListener& operator=(const ControlListener&) = delete;

  [[nodiscard]] int number() const noexcept { return socket_.number(); }
  // The next connection, non-blocking. Not open, with errno, if there is none.
  [[nodiscard]] plugin::FileDescriptor accept() const noexcept;

  // Refuses everybody from now on, and removes the file if it is still ours.
  void close() noexcept;

 private:
  const std::filesystem::path path_;
  plugin::FileDescriptor socket_;
  dev_t device_ = 0;  // with inode_: our file
  ino_t inode_ = 0;
};

}  // namespace stoa::ops
