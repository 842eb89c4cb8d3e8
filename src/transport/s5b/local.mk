# SOCKS5 bytestreams, on the public headers alone.
noinst_LTLIBRARIES += %D%/libs5b.la
JINGLE_LAYERS += %D%/libs5b.la
%C%_libs5b_la_LDFLAGS = $(AM_LDFLAGS)
%C%_libs5b_la_SOURCES = \
    %D%/attempt.c \
    %D%/candidate.c \
    %D%/channel.c \
    %D%/gather.c \
    %D%/listener.c \
    %D%/mapping.c \
    %D%/nominate.c \
    %D%/plugin.c \
    %D%/proxies.c \
    %D%/register.c \
    %D%/s5b.h \
    %D%/socks.c \
    %D%/stream.c \
    %D%/uthash_mem.h
