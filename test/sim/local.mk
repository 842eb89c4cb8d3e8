# The simulator: a library for tests that is installed, and what runs it on the library itself.
if BUILD_SIM
lib_LIBRARIES += libstrophe-jingle-sim.a
jingleinclude_HEADERS += include/jingle/sim.h
pkgconfig_DATA += libstrophe-jingle-sim.pc
endif
EXTRA_LIBRARIES += libstrophe-jingle-sim.a
libstrophe_jingle_sim_a_SOURCES = \
    %D%/lib/agree.c \
    %D%/lib/basics.c \
    %D%/lib/limits.c \
    %D%/lib/link.c \
    %D%/lib/net.c \
    %D%/lib/private.h \
    %D%/lib/program.c \
    %D%/lib/read.c \
    %D%/lib/rules.c \
    %D%/lib/socket.h \
    %D%/lib/trace.c \
    %D%/lib/turn.c \
    %D%/lib/world.c
libstrophe_jingle_sim_a_CPPFLAGS = $(AM_CPPFLAGS) $(EXPAT_CFLAGS)

EXTRA_DIST += test/data/sim %D%/scenario.py

if BUILD_TESTS
check_PROGRAMS += %D%/sim
%C%_sim_SOURCES = \
    %D%/crossing.c \
    %D%/crossing.h \
    %D%/exhaustive.c \
    %D%/exhaustive.h \
    %D%/files.c \
    %D%/files.h \
    %D%/files_item.c \
    %D%/files_item.h \
    %D%/files_payload.c \
    %D%/managed.c \
    %D%/managed.h \
    %D%/managed_plugins.c \
    %D%/proxy.c \
    %D%/proxy.h \
    %D%/raw.h \
    %D%/raw_ops.c \
    %D%/raw_rules.c \
    %D%/raw_tell.c \
    %D%/raw_type.c \
    %D%/selftest.c \
    %D%/selftest.h \
    %D%/sim.c \
    %D%/stranger.c \
    %D%/stranger.h
%C%_sim_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_sim_LDADD = libstrophe-jingle-sim.a $(TEST_LIBS)
endif
