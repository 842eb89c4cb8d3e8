# The jingle command, on the public API alone. -static: linked with our static library in the tree,
# so that ./jingle is a program and no wrapper script around one.
#
# bin_PROGRAMS += jingle
# jingle_SOURCES = %D%/main.c
# jingle_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
# jingle_LDFLAGS = $(AM_LDFLAGS) -static
# jingle_LDADD = libstrophe-jingle.la $(JINGLE_LIBS) $(JANSSON_LIBS)
