# The engine: no I/O. Needs libstrophe's stanzas, uthash.h, and libcrypto for random bytes.
noinst_LTLIBRARIES += %D%/libcore.la
JINGLE_LAYERS += %D%/libcore.la
%C%_libcore_la_LDFLAGS = $(AM_LDFLAGS)
%C%_libcore_la_SOURCES = \
    %D%/alloc.h \
    %D%/answer.c \
    %D%/answered.c \
    %D%/arena.c %D%/arena.h \
    %D%/base.c \
    %D%/buffer.c %D%/buffer.h \
    %D%/core.h \
    %D%/data.c \
    %D%/end.c \
    %D%/error.c \
    %D%/features.c \
    %D%/gate.c \
    %D%/incoming.c \
    %D%/inspect.c \
    %D%/load.c \
    %D%/manager.c \
    %D%/names.c \
    %D%/offer.c \
    %D%/operations.c \
    %D%/parse.c %D%/parse.h \
    %D%/queue.c \
    %D%/read.c %D%/read.h \
    %D%/receive.c \
    %D%/registry.c \
    %D%/repeat.c \
    %D%/reply.c \
    %D%/request.c \
    %D%/restore.c \
    %D%/save.c %D%/save.h \
    %D%/send.c \
    %D%/session.c \
    %D%/siphash.c %D%/siphash.h \
    %D%/table.h \
    %D%/timer.c \
    %D%/types.c \
    %D%/version.c \
    %D%/write.c %D%/write.h
