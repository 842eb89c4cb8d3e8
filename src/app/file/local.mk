# File transfer, an application on the public headers alone. Hashes come from libcrypto.
noinst_LTLIBRARIES += %D%/libfile.la
JINGLE_LAYERS += %D%/libfile.la
%C%_libfile_la_SOURCES =
