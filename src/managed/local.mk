# The managed session type, on the public headers alone.
noinst_LTLIBRARIES += %D%/libmanaged.la
JINGLE_LAYERS += %D%/libmanaged.la
%C%_libmanaged_la_SOURCES =
