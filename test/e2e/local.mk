# The end-to-end tests: python programs, run by the suite (suite.list).
EXTRA_DIST += \
    %D%/clock.py \
    %D%/component.py \
    %D%/examples.py \
    %D%/faults.py \
    %D%/foreign.py \
    %D%/gateway.py \
    %D%/harness.py \
    %D%/hostile.py \
    %D%/libstrophe.supp \
    %D%/login.py \
    %D%/node.py \
    %D%/node/caller.js \
    %D%/node/package.json \
    %D%/node/phone.js \
    %D%/paths.py \
    %D%/people.py \
    %D%/peers.py \
    %D%/rawpeer.py \
    %D%/relay.py \
    %D%/restart.py \
    %D%/states.py \
    %D%/transfer.py \
    %D%/walls.py

if BUILD_TESTS
# One side of what states.py plays, which connects again as the command does.
check_PROGRAMS += %D%/speaker
%C%_speaker_SOURCES = %D%/speaker.c \
    src/command/app.c \
    src/command/jid.c \
    src/command/json.c \
    src/command/log.c \
    src/command/login.c \
    src/command/options.c \
    src/command/password.c \
    src/command/progress.c \
    src/command/report.c \
    src/command/settings.c \
    src/command/signals.c \
    src/command/stream.c \
    src/command/text.c \
    src/command/ways.c
%C%_speaker_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/src/command $(JANSSON_CFLAGS)
%C%_speaker_LDADD = $(TEST_LIBS)
endif

# What node.py had npm install, once.
distclean-local:
	rm -rf test-node
