# The binding: the only files that name xmpp_conn_t.
noinst_LTLIBRARIES += %D%/libbinding.la
JINGLE_LAYERS += %D%/libbinding.la
%C%_libbinding_la_SOURCES =
