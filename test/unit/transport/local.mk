# In-band bytestreams
check_PROGRAMS += %D%/base64_test %D%/ibb_test
%C%_base64_test_SOURCES = %D%/base64_test.c
%C%_base64_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_base64_test_LDADD = $(TEST_LIBS)
%C%_ibb_test_SOURCES = %D%/ibb_test.c %D%/bytes_app.c %D%/bytes_app.h
%C%_ibb_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_ibb_test_LDADD = $(TEST_LIBS)
