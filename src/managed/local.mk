# The managed session type, on the public headers alone.
noinst_LTLIBRARIES += %D%/libmanaged.la
JINGLE_LAYERS += %D%/libmanaged.la
%C%_libmanaged_la_LDFLAGS = $(AM_LDFLAGS)
%C%_libmanaged_la_SOURCES = \
    %D%/accept.c \
    %D%/accepted.c \
    %D%/admit.c \
    %D%/batch.c \
    %D%/change.c \
    %D%/channel.c \
    %D%/content.c \
    %D%/fail.c \
    %D%/held.c %D%/held.h \
    %D%/incoming.c \
    %D%/info.c \
    %D%/lookup.c \
    %D%/managed.h %D%/memory.h \
    %D%/news.c \
    %D%/offer.c \
    %D%/open.c \
    %D%/parts.c \
    %D%/proposal.c \
    %D%/registry.c \
    %D%/replace.c \
    %D%/restore.c \
    %D%/save.c \
    %D%/type.c \
    %D%/upward.c \
    %D%/why.c
