# The tests. A test program is one of check_PROGRAMS, made with $(TEST_CPPFLAGS) and linked to
# $(TEST_LIBS): the layers as convenience libraries, so it can reach internals and is a program, not
# a wrapper script. What is run, and when, stands in suite.list. For example
#
# check_PROGRAMS += %D%/unit/test_names
# %C%_unit_test_names_SOURCES = %D%/unit/test_names.c
# %C%_unit_test_names_CPPFLAGS = $(TEST_CPPFLAGS)
# %C%_unit_test_names_LDADD = $(TEST_LIBS)

TEST_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/src -I$(srcdir)/test \
    $(CHECK_CFLAGS) $(EXPAT_CFLAGS) $(JANSSON_CFLAGS)
TEST_LIBS = %D%/support/libsupport.la $(JINGLE_LAYERS) $(JINGLE_LIBS) \
    $(CHECK_LIBS) $(EXPAT_LIBS) $(JANSSON_LIBS)

check_LTLIBRARIES += %D%/support/libsupport.la
%C%_support_libsupport_la_SOURCES = \
    %D%/support/runner.c \
    %D%/support/runner.h
%C%_support_libsupport_la_CPPFLAGS = $(TEST_CPPFLAGS)

EXTRA_DIST += %D%/suite.list %D%/runner_test.py

# make check runs what needs no server, in this build; scripts/test runs all, in several builds.
test-programs: $(check_LTLIBRARIES) $(check_PROGRAMS)
check-local: test-programs
	$(PYTHON3) $(srcdir)/scripts/run_suite.py --srcdir $(srcdir) --build $(JINGLE_BUILD)=. --stage check
mostlyclean-local:
	rm -rf test-log test-tmp
.PHONY: test-programs
