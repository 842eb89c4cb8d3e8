# In-band bytestreams, a transport on the public headers alone.
noinst_LTLIBRARIES += %D%/libibb.la
JINGLE_LAYERS += %D%/libibb.la
%C%_libibb_la_SOURCES =
