# The public headers, as they are installed. version.h is made by configure.
jingleincludedir = $(includedir)/jingle
jingleinclude_HEADERS = \
    %D%/binding.h \
    %D%/data.h \
    %D%/files.h \
    %D%/hashes.h \
    %D%/ibb.h \
    %D%/jingle.h \
    %D%/managed.h \
    %D%/manager.h \
    %D%/names.h \
    %D%/net.h \
    %D%/s5b.h \
    %D%/save.h \
    %D%/session.h
nodist_jingleinclude_HEADERS = %D%/version.h
