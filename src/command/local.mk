# The jingle command, on the public API alone. -static: linked with our static library in the tree,
# so that ./jingle is a program and no wrapper script around one.
bin_PROGRAMS += jingle
jingle_SOURCES = \
    %D%/app.c %D%/app.h \
    %D%/check.c \
    %D%/config.c \
    %D%/daemon.c \
    %D%/decide.c \
    %D%/devices.c \
    %D%/environment.c \
    %D%/find.c \
    %D%/folder.c %D%/folder.h \
    %D%/jid.c \
    %D%/json.c %D%/json.h \
    %D%/log.c %D%/log.h \
    %D%/login.c \
    %D%/main.c \
    %D%/more.c %D%/more.h \
    %D%/media.c %D%/media.h \
    %D%/options.c \
    %D%/outcome.c \
    %D%/paths.c \
    %D%/paths.h \
    %D%/password.c \
    %D%/pipes.c %D%/pipes.h \
    %D%/progress.c %D%/progress.h \
    %D%/prompt.c \
    %D%/receive.c %D%/receive.h \
    %D%/report.c %D%/report.h \
    %D%/returns.c %D%/returns.h \
    %D%/rules.c %D%/rules.h \
    %D%/send.c %D%/send.h \
    %D%/settings.c %D%/settings.h \
    %D%/signals.c \
    %D%/stream.c \
    %D%/text.c %D%/text.h \
    %D%/ways.c
dist_man1_MANS = docs/jingle.1
bashcompletiondir = $(datadir)/bash-completion/completions
bashcompletion_DATA = %D%/completion/jingle
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = %D%/completion/_jingle
fishcompletiondir = $(datadir)/fish/vendor_completions.d
dist_fishcompletion_DATA = %D%/completion/jingle.fish
systemduserunitdir = $(prefix)/lib/systemd/user
systemduserunit_DATA = %D%/jingle-receive.service
EXTRA_DIST += %D%/completion/jingle.bash %D%/jingle-receive.service.in
CLEANFILES += %D%/completion/jingle %D%/jingle-receive.service

%D%/jingle-receive.service: %D%/jingle-receive.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && sed 's|@bindir[@]|$(bindir)|' $(srcdir)/%D%/jingle-receive.service.in >$@

# bash looks for a file of the command's name.
%D%/completion/jingle: %D%/completion/jingle.bash
	$(AM_V_GEN)$(MKDIR_P) %D%/completion && cp $(srcdir)/%D%/completion/jingle.bash $@

jingle_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(MAGIC_CFLAGS)
jingle_LDFLAGS = $(AM_LDFLAGS) -static
jingle_LDADD = libstrophe-jingle.la $(JINGLE_LIBS) $(JANSSON_LIBS) $(MAGIC_LIBS)
