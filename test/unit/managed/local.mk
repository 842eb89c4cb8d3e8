check_PROGRAMS += %D%/restore_test %D%/save_test
%C%_save_test_SOURCES = %D%/save_test.c %D%/save_fixture.h %D%/fixture.h
%C%_save_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_save_test_LDADD = $(TEST_LIBS)
%C%_restore_test_SOURCES = %D%/restore_test.c %D%/save_fixture.h %D%/fixture.h
%C%_restore_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_restore_test_LDADD = $(TEST_LIBS)
