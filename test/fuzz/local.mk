# The fuzz targets. The replay of what is kept is a test like any other; the program for libFuzzer is
# made by scripts/fuzz, in a build of its own.
FUZZ_SOURCES = \
    %D%/data_target.c \
    %D%/engine_calls.c \
    %D%/engine_input.c \
    %D%/engine_state.c \
    %D%/engine_target.c \
    %D%/engine_target.h \
    %D%/fuzz.h \
    %D%/ibb_target.c \
    %D%/names_target.c \
    %D%/readers_target.c \
    %D%/record.c \
    %D%/s5b_sockets.c \
    %D%/s5b_stanzas.c \
    %D%/s5b_target.c \
    %D%/s5b_target.h \
    %D%/saved_target.c \
    %D%/socks_target.c \
    %D%/targets.c \
    %D%/transfer.c \
    %D%/transfer.h \
    %D%/tree.c \
    src/command/config.c \
    src/command/environment.c \
    src/command/jid.c \
    src/command/log.c \
    src/command/settings.c \
    src/command/text.c

check_PROGRAMS += %D%/replay
%C%_replay_SOURCES = %D%/replay.c $(FUZZ_SOURCES)
%C%_replay_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_replay_LDADD = $(TEST_LIBS)

EXTRA_PROGRAMS += %D%/libfuzzer
%C%_libfuzzer_SOURCES = %D%/libfuzzer.c %D%/mutate.c %D%/mutate.h %D%/mutate_saved.c \
    $(FUZZ_SOURCES)
%C%_libfuzzer_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_libfuzzer_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
%C%_libfuzzer_LDADD = $(TEST_LIBS)
EXTRA_DIST += %D%/corpus %D%/jingle.dict
