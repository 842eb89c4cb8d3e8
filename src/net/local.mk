# Sockets behind jingle_net_t. Needs c-ares for names.
noinst_LTLIBRARIES += %D%/libnet.la
JINGLE_LAYERS += %D%/libnet.la
%C%_libnet_la_LDFLAGS = $(AM_LDFLAGS)
%C%_libnet_la_SOURCES = \
    %D%/address.c \
    %D%/lookup.c \
    %D%/loop.c \
    %D%/poll.c \
    %D%/socket.c \
    %D%/sockets.h
