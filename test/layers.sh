#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks what docs/design.md says of the layers, in the objects as they were compiled and in the
# sources: what a layer may call, what it may include, where state may be. A driver of suite.list.
set -u
: "${srcdir:?}" "${builddir:?}" "${TMPDIR:?}"
failed=0

result() { # NAME COMPLAINTS: no complaint is a success
    if [ -z "$2" ]; then
        echo "ok $1"
    else
        echo "not ok $1 - $(echo "$2" | tr '\n' ' ')"
        failed=1
    fi
}

archive() { echo "$builddir/src/$1/.libs/lib$(basename "$2").a"; }
layers="core=core managed=managed strophe=binding net=net app/file=file transport/ibb=ibb transport/s5b=s5b"

for layer in $layers; do
    path=$(archive "${layer%%=*}" "${layer##*=}")
    name=$(echo "${layer%%=*}" | tr / _)
    nm "$path" >"$TMPDIR/nm" 2>/dev/null && [ -s "$TMPDIR/nm" ] || {
        echo "not ok archive/$name - cannot read $path"
        exit 1
    }
    awk 'NF == 3 && $2 ~ /[A-TV-Z]/ {print $3}' "$TMPDIR/nm" | sort -u >"$TMPDIR/$name.has"
    # What it takes from outside itself; the instruments of a sanitizer build do not count.
    awk '$1 == "U" {print $2}' "$TMPDIR/nm" | sort -u | comm -23 - "$TMPDIR/$name.has" |
        grep -Ev '^__(a|ub|t)san|^__gcov|^__sanitizer' >"$TMPDIR/$name.needs"
done

needs() { grep -E "$2" "$TMPDIR/$1.needs"; }

# Which layer's symbols may be used by which. A layer that is not in the list is not seen at all.
sees() { # NAME LAYER...
    name=$1
    shift
    : >"$TMPDIR/seen"
    for layer in "$@"; do cat "$TMPDIR/$layer.has" >>"$TMPDIR/seen"; done
    sort -u "$TMPDIR/seen" -o "$TMPDIR/seen"
    result "links/$name" "$(needs "$name" '^jingle_' | comm -23 - "$TMPDIR/seen")"
}
sees core
sees managed core
sees strophe core
sees net core
sees transport_ibb core managed
sees transport_s5b core managed net
sees app_file core managed transport_ibb

# Internals stay inside their layer: above the engine everything is made of public functions.
for name in managed strophe net transport_ibb transport_s5b app_file; do
    result "public-only/$name" "$(needs "$name" '^jingle__')"
done

result "no-socket/strophe" "$(needs strophe '^(socket|connect|bind|listen|accept|poll|select|getaddrinfo|recv|send|sendto)$')"

# The engine has no input and output: of libstrophe it uses stanzas, of the system memory and text.
result "engine/no-connection" "$(needs core '^xmpp_' | grep -Ev '^xmpp_stanza_')"
result "engine/no-io" "$(needs core \
    '^(f?open|fdopen|creat|read|write|close|recv|send|sendto|sendmsg|socket|connect|bind|listen|accept|poll|select|fputs|f?puts|printf|fprintf|vfprintf|fwrite|fread|getaddrinfo|getenv)(64|_chk)?$')"
result "engine/no-clock" "$(needs core '^(clock_gettime|gettimeofday|time|nanosleep|sleep|usleep|alarm|timer_.*)$')"
result "engine/no-threads" "$(needs core '^(pthread_|thrd_|mtx_|cnd_|fork|vfork|posix_spawn)')"
result "engine/no-abort" "$(needs core '^(abort|exit|_exit)$')"

# Only the binding knows connections, only src/net sockets.
result "no-connection/net" "$(needs net '^xmpp_')"
for name in managed transport_ibb transport_s5b app_file; do
    result "no-connection/$name" "$(needs "$name" '^xmpp_(conn|send|connect|handler|run|global|timed|id_handler)')"
    result "no-socket/$name" "$(needs "$name" '^(socket|connect|bind|listen|accept|poll|select|getaddrinfo|recv|send|sendto|pthread_)')"
done

# No state outside the objects (docs/design.md, invariant 8); the binding has its one list, locked.
for layer in core=core managed=managed net=net transport/ibb=ibb transport/s5b=s5b app/file=file; do
    path=$(archive "${layer%%=*}" "${layer##*=}")
    name=$(echo "${layer%%=*}" | tr / _)
    # A sanitizer keeps tables of its own in writable sections.
    [ "${BUILD-}" = asan ] || result "no-globals/$name" \
        "$(nm "$path" | awk 'NF == 3 && $2 ~ /[BbCGgSs]/ {print $3}')"
    [ "${BUILD-}" = asan ] || result "no-variables/$name" \
        "$(size -A "$path" | awk '$1 ~ /^\.(data|bss)$/ && $2 > 0 {print $1 ": " $2 " octets"}')"
done

# What the sources include. $1 in a "quoted" name must be the layer's own file.
includes() { # DIRECTORY: FILE INCLUDED
    grep -Hn '^# *include' "$srcdir/src/$1"/*.[ch] | sed "s|^$srcdir/||; s|: *# *include *| |; s|[<>]||g"
}
foreign() { # DIRECTORY PUBLIC-HEADERS
    includes "$1" | while read -r at name _; do
        case $name in
        '"'*'"')
            file=$(echo "$name" | tr -d '"')
            [ -e "$srcdir/src/$1/$file" ] && [ "$(basename "$file")" = "$file" ] || echo "$at $name"
            ;;
        jingle/*) echo " $2 " | grep -q " ${name#jingle/} " || echo "$at $name" ;;
        sys/epoll.h | sys/eventfd.h | sys/timerfd.h | sys/sendfile.h | sys/random.h | linux/*)
            echo "$at $name: not in POSIX"
            ;;
        esac
    done
}
result "includes/core" "$(foreign core 'data.h manager.h names.h save.h session.h version.h')"
result "includes/managed" "$(foreign managed 'data.h managed.h manager.h names.h session.h')"
result "includes/strophe" "$(foreign strophe 'binding.h data.h manager.h names.h session.h version.h')"
result "includes/net" "$(foreign net 'data.h manager.h names.h net.h session.h')"
result "includes/transport_s5b" "$(foreign transport/s5b 'data.h managed.h manager.h names.h net.h s5b.h session.h')"
result "includes/transport_ibb" "$(foreign transport/ibb 'data.h ibb.h managed.h manager.h names.h session.h')"
result "includes/app_file" "$(foreign app/file 'data.h files.h hashes.h ibb.h managed.h manager.h names.h session.h')"
result "names-a-connection" "$(grep -rl 'xmpp_conn_t' "$srcdir/src" | grep -Ev '/src/(strophe|command)/')"

# The simulator is a library of its own for tests: public headers alone, and nobody knows of it.
sim=$builddir/libstrophe-jingle-sim.a
if [ -e "$sim" ]; then
    nm "$sim" 2>/dev/null | awk '$1 == "U" {print $2}' | sort -u >"$TMPDIR/sim.needs"
    result "public-only/sim" "$(grep '^jingle__' "$TMPDIR/sim.needs" | grep -v '^jingle__sim_')"
fi
result "includes/sim" "$(grep -n '#include "' "$srcdir"/test/sim/lib/*.[ch] | grep -v '"\(private\|socket\)\.h"')"
result "nobody-includes/sim" "$(grep -rln 'jingle/sim\.h' "$srcdir/src" "$srcdir/include" | grep -v 'include/jingle/sim\.h')"
exit $failed
