# File transfer, an application on the public headers alone. Hashes come from libcrypto.
noinst_LTLIBRARIES += %D%/libfile.la
JINGLE_LAYERS += %D%/libfile.la
%C%_libfile_la_LDFLAGS = $(AM_LDFLAGS)
%C%_libfile_la_SOURCES = \
    %D%/accept.c \
    %D%/again.c \
    %D%/ask.c \
    %D%/base64.c \
    %D%/date.c \
    %D%/disk.c %D%/disk.h \
    %D%/drain.c \
    %D%/element.c \
    %D%/end.c \
    %D%/file.c %D%/file.h \
    %D%/goes_on.c \
    %D%/hash.c \
    %D%/hashing.c %D%/hashing.h \
    %D%/last_words.c %D%/last_words.h \
    %D%/plugin.c \
    %D%/range.c \
    %D%/receive.c \
    %D%/register.c \
    %D%/request.c \
    %D%/resume.c %D%/resume.h \
    %D%/save.c \
    %D%/send.c \
    %D%/source.c \
    %D%/state.c \
    %D%/text.c \
    %D%/thumbnail.c \
    %D%/transfer.c
