#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the build into an empty folder and uses the copy as a stranger's program would: headers
# alone, every example by pkg-config alone with the shared and with the static library, the exported
# symbols against the committed list. A driver of suite.list.
#
#   test/install_test.sh --symbols LIBRARY     writes the list of symbols (test/data/symbols.txt)
set -u
exported() { nm -D --defined-only "$1" | awk '{sub(/@.*/, "", $3); print $3}' | LC_ALL=C sort -u; }
if [ "${1-}" = --symbols ]; then
    exported "$2"
    exit
fi
: "${srcdir:?}" "${builddir:?}" "${TMPDIR:?}"
CC=${CC:-cc}
CXX=${CXX:-c++}
MAKE=${MAKE:-make}
failed=0

# check NAME COMMAND...: a command that says nothing and ends with 0 is a success
check() {
    name=$1
    shift
    if "$@" >"$TMPDIR/out" 2>&1; then
        echo "ok $name"
    else
        echo "not ok $name - $(tail -n 1 "$TMPDIR/out")"
        sed 's/^/    /' "$TMPDIR/out"
        failed=1
    fi
}

root=$TMPDIR/root
check install "$MAKE" -C "$builddir" install DESTDIR="$root" MAKEFLAGS=
pc=$(find "$root" -name libstrophe-jingle.pc)
[ -n "$pc" ] || {
    echo "not ok pkg-config - no libstrophe-jingle.pc was installed"
    exit 1
}
# The copy was not installed where it was configured for: pkg-config finds the place by itself.
PKG_CONFIG_PATH=$(dirname "$pc")${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH
pkg() { ${PKG_CONFIG:-pkg-config} --define-prefix "$@" libstrophe-jingle; }
libdir=$(pkg --variable=libdir)
include=$(pkg --variable=includedir)
library=$libdir/libstrophe-jingle.so

# ---- pkg-config ------------------------------------------------------------------------------

says() { [ "$1" = "$2" ] || { echo "\"$1\" is not \"$2\""; return 1; }; }
version=$(sed -n 's/^#define JINGLE_VERSION_STRING "\(.*\)"/\1/p' "$include/jingle/version.h")
check pkg-config/version says "$(pkg --modversion)" "$version"
# A program that links with the shared library need not know what it is made of.
has_no_crypto() { ! pkg --libs | grep -e -lcrypto; }
check pkg-config/private has_no_crypto
has_crypto() { pkg --static --libs | grep -q -e -lcrypto || { echo "no -lcrypto"; return 1; }; }
check pkg-config/static has_crypto

# ---- symbols ---------------------------------------------------------------------------------

exported "$library" >"$TMPDIR/exported"
check symbols/list diff "$srcdir/test/data/symbols.txt" "$TMPDIR/exported"
none() { ! grep -E "$1" "$TMPDIR/exported"; }
check symbols/no-internals none '^jingle__'
check symbols/prefix none '^jingle_$|^([^j]|j[^i]|ji[^n])'
# What the headers declare is there, and nothing else is.
cat "$include"/jingle/*.h | tr '\n' ' ' | grep -oE 'JINGLE_API [^;(]*[ *](jingle_[a-z0-9_]+)\(' |
    grep -oE 'jingle_[a-z0-9_]+\($' | tr -d '(' | LC_ALL=C sort -u >"$TMPDIR/declared"
check symbols/declared diff "$TMPDIR/declared" "$TMPDIR/exported"

# ---- headers ---------------------------------------------------------------------------------

warnings='-Wall -Wextra -Wshadow -Werror'
for header in "$include"/jingle/*.h; do
    name=$(basename "$header")
    echo "#include <jingle/$name>" >"$TMPDIR/header.c"
    cp "$TMPDIR/header.c" "$TMPDIR/header.cc"
    # shellcheck disable=SC2046,SC2086 # words
    check "header/c11/$name" $CC -std=c11 -pedantic $warnings -Wstrict-prototypes $(pkg --cflags) \
        -c "$TMPDIR/header.c" -o "$TMPDIR/header.o"
    # shellcheck disable=SC2046,SC2086
    check "header/c++17/$name" $CXX -std=c++17 -pedantic $warnings $(pkg --cflags) -c "$TMPDIR/header.cc" \
        -o "$TMPDIR/header.o"
done

# ---- examples --------------------------------------------------------------------------------

# compile KIND FILE: with pkg-config's flags and no others that matter
compile() {
    kind=$1 file=$2
    if [ "$kind" = static ]; then set -- --static; else set --; fi
    # shellcheck disable=SC2046 # words
    $CC -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wno-unused-parameter -Werror "$file" -o "$TMPDIR/example" \
        $(pkg --cflags --libs "$@")
}
# Is the library inside (static) or outside (shared)?
linked() {
    if readelf -d "$TMPDIR/example" | grep -q 'NEEDED.*libstrophe-jingle\.so\.0\]'; then got=shared; else got=static; fi
    [ "$got" = "$1" ] || { echo "linked with the $got library"; return 1; }
}
runs() { LD_LIBRARY_PATH=$libdir "$TMPDIR/example" --help | grep -q '^usage: '; }

example() { # KIND FILE
    name=$(basename "$2" .c)
    check "example/$1/$name" compile "$1" "$2"
    check "example/$1/$name/linked" linked "$1"
    case $2 in "$srcdir"/examples/*) check "example/$1/$name/runs" runs ;; esac
}
# What the simulator is for: a session type of one's own, with the installed copy alone.
simulated() {
    # shellcheck disable=SC2046 # words
    $CC -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror "$srcdir/examples/sim_session_type.c" \
        -o "$TMPDIR/simulated" \
        $(${PKG_CONFIG:-pkg-config} --define-prefix --cflags --libs "$@" libstrophe-jingle-sim)
}
simulated_runs() {
    LD_LIBRARY_PATH=$libdir "$TMPDIR/simulated" >"$TMPDIR/simulated.out" &&
        grep -q '^[1-9][0-9]* passed, 0 failed$' "$TMPDIR/simulated.out"
}
check simulator/shared simulated
check simulator/shared/runs simulated_runs

# README.md shows a whole program.
awk '/^```c$/ {on = 1; next} /^```$/ {on = 0} on' "$srcdir/README.md" >"$TMPDIR/readme.c"
# (Those with an event loop of their own need its library, too.)
others() { find "$srcdir/examples" -name loops -prune -o -name '*.c' ! -name 'sim_*' -print | LC_ALL=C sort; }
for file in $(others) "$TMPDIR/readme.c"; do example shared "$file"; done
rm "$libdir"/libstrophe-jingle.so*
for file in $(others) "$TMPDIR/readme.c"; do example static "$file"; done
check simulator/static simulated --static
check simulator/static/runs simulated_runs
exit $failed
