#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares the shared library's interface (functions, and the types that they and the public headers use)
# with the committed dump, test/data/abi.xml, and the public constants with test/data/constants.txt: codes are
# int in functions and macros are nowhere in the library, so the dump has neither. A driver of suite.list.
#
#   test/abi.sh --write DIR     in the sources: writes both anew from a build in DIR (made with -g)
#
# docs/abi.md says what may change when.
set -u
writes=
if [ "${1-}" = --write ]; then
    writes=yes
    builddir=$(cd "$2" && pwd) || exit 2
    srcdir=$(cd "$(dirname "$0")/.." && pwd) || exit 2
    TMPDIR=$(mktemp -d) || exit 2
    trap 'rm -rf "$TMPDIR"' EXIT
fi
: "${srcdir:?}" "${builddir:?}" "${TMPDIR:?}"
unable() {
    echo "$1"
    exit 77
}
command -v abidw >/dev/null || unable "there is no abidw (Debian: apt-get install abigail-tools)"
library=$builddir/.libs/libstrophe-jingle.so
[ -e "$library" ] || unable "there is no $library"
readelf -S "$library" | grep -q '\.debug_info' || unable "the library was built without -g"
dump=$srcdir/test/data/abi.xml suppressions=$srcdir/test/data/abi.suppr

headers=$TMPDIR/headers
mkdir -p "$headers" || exit 1
cp "$srcdir"/include/jingle/*.h "$builddir/include/jingle/version.h" "$headers/" || exit 1

# Nothing that depends on the machine or the folder
abidw --no-show-locs --no-comp-dir-path --no-corpus-path --no-elf-needed --no-parameter-names \
    --exported-interfaces-only --drop-private-types --drop-undefined-syms \
    --headers-dir "$headers" --suppr "$suppressions" --out-file "$TMPDIR/abi.xml" "$library" || exit 1

# Each enumerator, and each macro that is a value, but for the version. Strings in quotes.
constants() {
    mkdir -p "$TMPDIR/include/jingle" && cp "$headers"/*.h "$TMPDIR/include/jingle/" || return 1
    compile="${CC:-cc} -std=c11 -I$TMPDIR/include $(pkg-config --cflags libstrophe)" program=$TMPDIR/constants
    for header in "$headers"/*.h; do echo "#include <jingle/${header##*/}>"; done >"$program.h"
    {
        $compile -E -dM "$program.h" | sed -n 's/^#define \(JINGLE_[A-Z0-9_]*\) [^_].*/\1/p' |
            grep -v '^JINGLE_\(VERSION_.*\|PLUGIN_FUNCTIONS\|[A-Z0-9_]*_H\)$'
        $compile -E -P "$program.h" | grep -o '\<JINGLE_[A-Z0-9_]*\>'
    } | LC_ALL=C sort -u >"$program.names"
    {
        cat "$program.h"
        cat <<'EOF'
#include <stdio.h>
static void text(const char *name, const char *value) { printf("%s \"%s\"\n", name, value); }
static void number(const char *name, long long value) { printf("%s %lld\n", name, value); }
static void large(const char *name, unsigned long long value) { printf("%s %llu\n", name, value); }
#define SHOW(name) _Generic((name), char *: text, unsigned long: large, unsigned long long: large, \
                            default: number)(#name, name)
int main(void) {
EOF
        sed 's/.*/SHOW(&);/' "$program.names"
        echo '}'
    } >"$program.c"
    $compile -o "$program" "$program.c" && "$program"
}
known=$srcdir/test/data/constants.txt
constants >"$TMPDIR/constants.txt" || exit 1

if [ $writes ]; then
    sed "s|path='[^']*/src/|path='src/|" "$TMPDIR/abi.xml" >"$dump"
    cp "$TMPDIR/constants.txt" "$known"
    exit
fi
if diff -u "$known" "$TMPDIR/constants.txt" >"$TMPDIR/diff"; then
    echo "ok constants"
else
    cat "$TMPDIR/diff"
    echo "not ok constants - public constants have changed; if that is meant: test/abi.sh --write DIR, and docs/abi.md"
    failed=1
fi
architecture() { sed -n "1s/.* architecture='\([^']*\)'.*/\1/p" "$1"; }
[ "$(architecture "$TMPDIR/abi.xml")" = "$(architecture "$dump")" ] ||
    unable "the dump is of $(architecture "$dump")"

if abidiff --no-added-syms --no-show-locs "$dump" "$TMPDIR/abi.xml" >"$TMPDIR/diff" 2>&1; then
    echo "ok unchanged"
else
    cat "$TMPDIR/diff"
    echo "not ok unchanged - something public was removed or changed; if that is meant: docs/abi.md"
    failed=1
fi
# What was added is to get into the dump with the same commit, or nobody would see it change.
if abidiff --no-show-locs "$dump" "$TMPDIR/abi.xml" >"$TMPDIR/diff" 2>&1; then
    echo "ok complete"
else
    cat "$TMPDIR/diff"
    echo "not ok complete - the dump does not have all; test/abi.sh --write DIR writes it"
    failed=1
fi
exit "${failed-0}"
