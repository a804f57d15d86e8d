#include "plugin/code_map.h"

#include <link.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

#include "report/mutex.h"

namespace stoa::plugin {
namespace {

struct Mapped {
  uintptr_t begin = 0;
  uintptr_t end = 0;
  CodeOwner owner{};
};

report::Mutex writing;
// Entries below `noted` are complete and never change again.
constinit std::array<Mapped, 256> libraries;
constinit std::atomic<std::size_t> noted = 0;

// For dl_iterate_phdr: widens `data` to the whole library, if it is the one that its begin lies in.
int find_library(dl_phdr_info* info, std::size_t, void* data) {
  auto& sought = *static_cast<Mapped*>(data);
  uintptr_t begin = UINTPTR_MAX;
  uintptr_t end = 0;
  for (const ElfW(Phdr)* part = info->dlpi_phdr; part != info->dlpi_phdr + info->dlpi_phnum;
       ++part) {
    if (part->p_type != PT_LOAD) continue;
    begin = std::min(begin, info->dlpi_addr + part->p_vaddr);
    end = std::max(end, info->dlpi_addr + part->p_vaddr + part->p_memsz);
  }
  if (sought.begin < begin || sought.begin >= end) return 0;
  sought.begin = begin;
  sought.end = end;
  return 1;
}

}  // namespace

void note_code(const stoa_plugin_descriptor& descriptor) noexcept {
  Mapped library{
      reinterpret_cast<uintptr_t>(descriptor.handle), 0, {descriptor.name, descriptor.version}};
  if (dl_iterate_phdr(find_library, &library) == 0) return;
  const report::MutexLock lock(writing);
  const std::size_t count = noted.load(std::memory_order_relaxed);
  if (count == libraries.size()) return;
  libraries[count] = library;
  noted.store(count + 1, std::memory_order_release);
}

const CodeOwner* code_at(uintptr_t address) noexcept {
  const auto* const begin = libraries.data();
  const auto* const end = begin + noted.load(std::memory_order_acquire);
  const auto* const found = std::find_if(begin, end, [address](const Mapped& library) {
    return address >= library.begin && address < library.end;
  });
  return found == end ? nullptr : &found->owner;
}

}  // namespace stoa::plugin
