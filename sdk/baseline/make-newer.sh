#!/bin/sh
# Makes the plugins that are newer than any host of today, with copies of the headers that say so:
# pioneer.so of the same major version, stranger.so of the next. Run it again only if what it says
# of tomorrow's headers changes.
set -eu
cd "$(dirname "$0")"

plugins="plugins/newer-$(uname -m)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# change FOLDER/HEADER 'what sed does': it must change something
change() {
  sed "$2" "$1" >"$work/changed"
  if cmp -s "$1" "$work/changed"; then
    echo "$1 has nothing to change by $2" >&2
    exit 1
  fi
  mv "$work/changed" "$1"
}
plugin() {
  gcc -std=c11 -O2 -fPIC -shared -s -fvisibility=hidden -I "$work/$2" \
    -Wl,--version-script=../cmake/stoa-plugin.map -Wl,-z,defs,-z,noseparate-code,--build-id=none \
    -o "$plugins/$1.so" "$1.c"
}
for folder in minor major; do
  mkdir "$work/$folder"
  cp -r ../include/stoa "$work/$folder/stoa"
done

change "$work/minor/stoa/version.h" "s/^#define STOA_ABI_MINOR .*/#define STOA_ABI_MINOR 99u/"
change "$work/minor/stoa/host.h" \
  "s/^} stoa_host;/  int32_t (*teleport)(const struct stoa_host* host, stoa_connection who);\n&/"
change "$work/minor/stoa/plugin.h" "s/^} stoa_plugin_descriptor;/  uint64_t destination;\n&/"
change "$work/minor/stoa/plugin.h" "s/^#define STOA_EVENT_ASK .*/#define STOA_EVENT_TELEPORTED 40u\n&/"
change "$work/major/stoa/version.h" "s/^#define STOA_ABI_MAJOR .*/#define STOA_ABI_MAJOR 2u/"
change "$work/major/stoa/version.h" "s/^#define STOA_ABI_MINOR .*/#define STOA_ABI_MINOR 0u/"

mkdir -p "$plugins"
plugin pioneer minor
plugin stranger major
echo "made plugins of a newer SDK: $plugins"
