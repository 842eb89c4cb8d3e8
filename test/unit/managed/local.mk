check_PROGRAMS += %D%/crossed_test %D%/obsolete_test %D%/restore_test \
    %D%/restore_forge_test %D%/save_test
%C%_save_test_SOURCES = %D%/save_test.c %D%/save_fixture.h %D%/fixture.h
%C%_save_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_save_test_LDADD = $(TEST_LIBS)
%C%_restore_test_SOURCES = %D%/restore_test.c %D%/save_fixture.h %D%/fixture.h
%C%_restore_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_restore_test_LDADD = $(TEST_LIBS)
%C%_restore_forge_test_SOURCES = %D%/restore_forge_test.c %D%/save_fixture.h %D%/fixture.h
%C%_restore_forge_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_restore_forge_test_LDADD = $(TEST_LIBS)
%C%_obsolete_test_SOURCES = %D%/obsolete_test.c %D%/fixture.h
%C%_obsolete_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_obsolete_test_LDADD = $(TEST_LIBS)
%C%_crossed_test_SOURCES = %D%/crossed_test.c %D%/pair_fixture.h %D%/fixture.h
%C%_crossed_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_crossed_test_LDADD = $(TEST_LIBS)
