# The binding: the only files that name xmpp_conn_t.
noinst_LTLIBRARIES += %D%/libbinding.la
JINGLE_LAYERS += %D%/libbinding.la
%C%_libbinding_la_LDFLAGS = $(AM_LDFLAGS)
%C%_libbinding_la_SOURCES = \
    %D%/attach.c %D%/binding.h %D%/caps.c %D%/describe.c %D%/devices.c %D%/disco.c %D%/forms.c \
    %D%/hold.c %D%/hook.c %D%/jid.c %D%/jid.h %D%/leave.c %D%/loop.c %D%/map.c %D%/map.h %D%/online.c \
    %D%/policy.c %D%/query.c %D%/roster.c %D%/serve.c %D%/text.c %D%/text.h \
    %D%/unhandled.c
