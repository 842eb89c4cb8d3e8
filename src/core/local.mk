# The engine: no I/O. Needs libstrophe's stanzas, uthash.h, and libcrypto for random bytes.
noinst_LTLIBRARIES += %D%/libcore.la
JINGLE_LAYERS += %D%/libcore.la
%C%_libcore_la_SOURCES = \
    %D%/version.c
