/* A plugin of another major version than the host's, for which make-newer.sh has the headers say
 * 2.0. It does not ask which version the host speaks, and what follows the version in its
 * descriptor may be anything. */
#include <stoa/plugin.h>

const stoa_plugin_descriptor* stoa_plugin_entry(uint32_t host_abi_major, uint32_t host_abi_minor) {
  static const stoa_plugin_descriptor descriptor = {
      .magic = STOA_MAGIC,
      .struct_size = sizeof descriptor,
      .abi_major = STOA_ABI_MAJOR,
      .abi_minor = STOA_ABI_MINOR,
      .name = (const char*)1,
      .version = (const char*)2,
      .event_count = 1,
      .events = (const stoa_bytes*)3,
  };
  (void)host_abi_major;
  (void)host_abi_minor;
  return &descriptor;
}
