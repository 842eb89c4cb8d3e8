# The binding. The server at the other end is in the test itself, so these need none.
test_support_libsupport_la_SOURCES += test/support/fake_server.c test/support/fake_server.h

check_PROGRAMS += \
    %D%/attach_test \
    %D%/clock_test \
    %D%/component_test \
    %D%/discovery_test \
    %D%/freed_test \
    %D%/hold_test \
    %D%/memory_test \
    %D%/online_test \
    %D%/parts_test \
    %D%/policy_test \
    %D%/presence_test \
    %D%/threads_test
%C%_attach_test_SOURCES = %D%/attach_test.c %D%/world.h
%C%_attach_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_attach_test_LDADD = $(TEST_LIBS)
%C%_clock_test_SOURCES = %D%/clock_test.c %D%/world.h
%C%_clock_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_clock_test_LDADD = $(TEST_LIBS)
%C%_component_test_SOURCES = %D%/component_test.c %D%/world.h
%C%_component_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_component_test_LDADD = $(TEST_LIBS)
%C%_discovery_test_SOURCES = %D%/discovery_test.c %D%/world.h
%C%_discovery_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_discovery_test_LDADD = $(TEST_LIBS)
%C%_freed_test_SOURCES = %D%/freed_test.c %D%/world.h
%C%_freed_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_freed_test_LDADD = $(TEST_LIBS)
%C%_hold_test_SOURCES = %D%/hold_test.c %D%/world.h
%C%_hold_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_hold_test_LDADD = $(TEST_LIBS)
%C%_memory_test_SOURCES = %D%/memory_test.c %D%/world.h
%C%_memory_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_memory_test_LDADD = $(TEST_LIBS)
%C%_online_test_SOURCES = %D%/online_test.c %D%/world.h
%C%_online_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_online_test_LDADD = $(TEST_LIBS)
%C%_parts_test_SOURCES = %D%/parts_test.c %D%/world.h
%C%_parts_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_parts_test_LDADD = $(TEST_LIBS)
%C%_policy_test_SOURCES = %D%/policy_test.c %D%/world.h
%C%_policy_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_policy_test_LDADD = $(TEST_LIBS)
%C%_presence_test_SOURCES = %D%/presence_test.c %D%/world.h
%C%_presence_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_presence_test_LDADD = $(TEST_LIBS)
%C%_threads_test_SOURCES = %D%/threads_test.c
%C%_threads_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_threads_test_CFLAGS = $(AM_CFLAGS) -pthread
%C%_threads_test_LDADD = $(TEST_LIBS) -lpthread
EXTRA_DIST += %D%/traps
