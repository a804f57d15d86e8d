#!/bin/sh
# Makes the baseline of the ABI version that the headers name: its description and plugins compiled
# against it. Run it when that version is released, and never again for the same version.
set -eu
cd "$(dirname "$0")"

number() { sed -n "s/^#define STOA_ABI_$1 \([0-9]*\)u$/\1/p" ../include/stoa/version.h; }
version="$(number MAJOR).$(number MINOR)"
plugins="plugins/$version-$(uname -m)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# Debug information is what abidw reads; without it, it passes any change.
gcc -std=c11 -g -O0 -fPIC -shared -I ../include -o "$work/witness.so" witness.c
abidw --no-show-locs --no-corpus-path --no-comp-dir-path --no-elf-needed --no-architecture \
  --out-file "stoa-abi-$version.xml" "$work/witness.so"

plugin() {
  gcc -std=c11 -O2 -fPIC -shared -s -fvisibility=hidden -I ../include \
    -Wl,--version-script=../cmake/stoa-plugin.map -Wl,-z,defs,-z,noseparate-code,--build-id=none \
    -o "$plugins/$1.so" "$2"
}
mkdir -p "$plugins"
plugin tally ../../plugins/tally/tally.c
plugin veteran veteran.c
echo "made the baseline of ABI $version: stoa-abi-$version.xml, $plugins"
