#!/bin/sh
# Makes ./configure. Needs autoconf, automake, libtool and pkg-config (scripts/deps installs them).
set -e
cd "$(dirname "$0")"
for tool in autoreconf automake libtoolize pkg-config; do
    command -v "$tool" >/dev/null || {
        echo "autogen.sh: $tool not found; on Debian: apt-get install autoconf automake libtool pkg-config" >&2
        exit 1
    }
done
autoreconf --install --force --warnings=all "$@"
