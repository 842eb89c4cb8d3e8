# Programs with an event loop of their own; built where configure finds the loop.
EXTRA_PROGRAMS += %D%/uv_bot %D%/glib_bot
if HAVE_UV
check_PROGRAMS += %D%/uv_bot
endif
if HAVE_GLIB
check_PROGRAMS += %D%/glib_bot
endif

%C%_uv_bot_SOURCES = %D%/uv_bot.c %D%/loop_bot.c %D%/loop_bot.h
%C%_uv_bot_CPPFLAGS = $(AM_CPPFLAGS) $(UV_CFLAGS)
%C%_uv_bot_LDFLAGS = $(AM_LDFLAGS) -static
%C%_uv_bot_LDADD = $(JINGLE_EXAMPLE_LIBS) $(UV_LIBS)

%C%_glib_bot_SOURCES = %D%/glib_bot.c %D%/loop_bot.c %D%/loop_bot.h
%C%_glib_bot_CPPFLAGS = $(AM_CPPFLAGS) $(GLIB_CFLAGS)
%C%_glib_bot_LDFLAGS = $(AM_LDFLAGS) -static
%C%_glib_bot_LDADD = $(JINGLE_EXAMPLE_LIBS) $(GLIB_LIBS)
