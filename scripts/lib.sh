# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Shared by scripts/test and scripts/quickstart; to be read in with `.` from the top folder.

# source_tree DIR: sets $source to the tree to build from, with ./configure made. In a git checkout
# that is a copy of it in DIR, brought up to date with each call (make rebuilds what has changed and no
# more): the checkout itself may be configured, and automake cannot build elsewhere out of a configured
# tree. In an unpacked release it is the tree itself.
source_tree() {
    if [ ! -e .git ]; then
        if [ -e config.status ]; then
            echo "this folder is configured; run 'make distclean' first" >&2
            return 1
        fi
        source=$PWD
    else
        mkdir -p "$1" || return 1
        source=$(cd "$1" && pwd)
        update_copy "$source" || return 1
    fi
    if [ ! -e "$source/configure" ] || [ -n "$(find "$source" -newer "$source/configure" \
        \( -name '*.mk' -o -name Makefile.am -o -name configure.ac \) -print)" ]; then
        "$source/autogen.sh"
    fi
}

# Makes the files that git tracks or would track the same in $1 as they are here.
update_copy() {
    git -c safe.directory="$PWD" ls-files -co --exclude-standard >"$1.all" || return 1
    while IFS= read -r file; do # git also lists what has been deleted and not committed
        if [ -e "$file" ]; then printf '%s\n' "$file"; fi
    done <"$1.all" | LC_ALL=C sort -u >"$1.new"
    if [ -e "$1.list" ]; then
        LC_ALL=C comm -23 "$1.list" "$1.new" | while IFS= read -r file; do rm -f "$1/$file"; done
    fi
    # What has changed is made new, not as old as it is here: it may have changed during the last build.
    : >"$1.now"
    while IFS= read -r file; do
        if [ ! -e "$1/$file" ] || [ "$file" -nt "$1.stamp" ]; then printf '%s\n' "$file"; fi
    done <"$1.new" >"$1.changed"
    tar -cf "$1.tar" --verbatim-files-from -T "$1.changed" && tar -xmpf "$1.tar" -C "$1" || return 1
    mv "$1.now" "$1.stamp"
    mv "$1.new" "$1.list"
    rm -f "$1.all" "$1.changed" "$1.tar"
}

# configure_in DIR [CONFIGURE-ARGUMENT...]: configures $source in DIR, unless that has been done with the
# same arguments.
configure_in() {
    configure_in_folder=$1
    shift
    mkdir -p "$configure_in_folder" || return 1
    if [ -e "$configure_in_folder/config.status" ] &&
        [ "$(cat "$configure_in_folder/configured-as")" = "$source $*" ]; then return; fi
    # CONFIG_SHELL is also libtool's; sh is as good as bash, and where it is dash twice as fast
    (cd "$configure_in_folder" && CONFIG_SHELL=/bin/sh /bin/sh "$source/configure" "$@") || return 1
    echo "$source $*" >"$configure_in_folder/configured-as"
}

# build_in DIR TARGETS [CONFIGURE-ARGUMENT...]: configures in DIR and makes TARGETS. (No variable of sh is
# the function's own: those begin so.)
build_in() {
    build_in_folder=$1 build_in_targets=$2
    shift 2
    configure_in "$build_in_folder" "$@" || return 1
    # One after the other: automake's "all" is a make of its own, and two would write the same objects.
    for build_in_target in $build_in_targets; do
        make -C "$build_in_folder" -j"$(($(nproc) + 1))" "$build_in_target" || return 1
    done
}
