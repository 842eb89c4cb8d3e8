# In-band bytestreams, a transport on the public headers alone. Base64 and uthash.h.
noinst_LTLIBRARIES += %D%/libibb.la
JINGLE_LAYERS += %D%/libibb.la
%C%_libibb_la_LDFLAGS = $(AM_LDFLAGS)
%C%_libibb_la_SOURCES = \
    %D%/attrs.c \
    %D%/base64.c \
    %D%/further.c \
    %D%/plugin.c \
    %D%/receive.c \
    %D%/save.c \
    %D%/register.c \
    %D%/registry.c \
    %D%/send.c \
    %D%/stream.c %D%/stream.h
