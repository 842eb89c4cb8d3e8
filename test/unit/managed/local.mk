check_PROGRAMS += %D%/save_test
%C%_save_test_SOURCES = %D%/save_test.c %D%/fixture.h
%C%_save_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_save_test_LDADD = $(TEST_LIBS)
