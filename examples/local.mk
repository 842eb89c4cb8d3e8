# The examples, compiled by `make check` so that they cannot rot; on the public API alone, e.g.
#
# check_PROGRAMS += %D%/bot
# %C%_bot_SOURCES = %D%/bot.c
# %C%_bot_LDFLAGS = $(AM_LDFLAGS) -static
# %C%_bot_LDADD = libstrophe-jingle.la $(JINGLE_LIBS)
