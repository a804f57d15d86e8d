/* The version of the binary interface between the host and its plugins.
 *
 * MAJOR changes when a plugin built against the older header could misread the newer host, or the
 * other way round. MINOR changes when something was added at the end of a struct or as a new
 * constant. A host says which majors it speaks when it calls stoa_plugin_entry(). */
#ifndef STOA_VERSION_H
#define STOA_VERSION_H

#define STOA_ABI_MAJOR 1u
#define STOA_ABI_MINOR 1u

/* The first four bytes of every plugin descriptor: "STOA" read as little endian. */
#define STOA_MAGIC 0x414f5453u

#endif
