# The tests. A test program is one of check_PROGRAMS, made with $(TEST_CPPFLAGS) and linked to
# $(TEST_LIBS): the layers as a convenience library, so it can reach internals and is a program, not
# a wrapper script. What is run, and when, stands in suite.list. For example
#
# check_PROGRAMS += %D%/unit/test_names
# %C%_unit_test_names_SOURCES = %D%/unit/test_names.c
# %C%_unit_test_names_CPPFLAGS = $(TEST_CPPFLAGS)
# %C%_unit_test_names_LDADD = $(TEST_LIBS)

TEST_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/src -I$(srcdir)/test \
    $(CHECK_CFLAGS) $(EXPAT_CFLAGS) $(JANSSON_CFLAGS)
TEST_LIBS = %D%/support/.libs/libsupport.a $(JINGLE_LIBS) \
    $(CHECK_LIBS) $(EXPAT_LIBS) $(JANSSON_LIBS)

check_LTLIBRARIES += %D%/support/libsupport.la
%C%_support_libsupport_la_SOURCES = \
    %D%/support/engine.c \
    %D%/support/engine.h \
    %D%/support/engine_log.c \
    %D%/support/engine_log.h \
    %D%/support/pair.c \
    %D%/support/pair.h \
    %D%/support/runner.c \
    %D%/support/runner.h \
    %D%/support/saved.c \
    %D%/support/saved.h \
    %D%/support/stub_application.c \
    %D%/support/stub_plugins.c \
    %D%/support/stub_plugins.h \
    %D%/support/stub_private.h \
    %D%/support/stub_transport.c \
    %D%/support/test_mem.c \
    %D%/support/test_mem.h \
    %D%/support/text.c \
    %D%/support/text.h \
    %D%/support/virtual_net.c \
    %D%/support/virtual_net.h \
    %D%/support/xml_compare.c \
    %D%/support/xml_compare.h \
    %D%/support/xml_reader.c \
    %D%/support/xml_reader.h \
    %D%/unit/app/folder.c \
    %D%/unit/app/folder.h \
    %D%/unit/app/wire.c \
    %D%/unit/app/wire.h
%C%_support_libsupport_la_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_support_libsupport_la_LDFLAGS = $(AM_LDFLAGS)
%C%_support_libsupport_la_LIBADD = $(JINGLE_LAYERS)
%D%/support/.libs/libsupport.a: %D%/support/libsupport.la
	@:

EXTRA_DIST += %D%/abi.sh %D%/data/abi.suppr %D%/data/abi.xml %D%/data/constants.txt
EXTRA_DIST += %D%/docs_test.py %D%/install_test.sh %D%/layers.sh %D%/data/symbols.txt %D%/data/equivalent-faults.txt
EXTRA_DIST += %D%/suite.list %D%/starve.py %D%/runner_test.py %D%/valgrind %D%/e2e/servers.py

# The recorded scenarios
check_PROGRAMS += %D%/replay
%C%_replay_SOURCES = \
    %D%/replay.c \
    %D%/oracle/canon.c \
    %D%/oracle/canon.h \
    %D%/oracle/compare.c \
    %D%/oracle/labels.c \
    %D%/oracle/ledger.c \
    %D%/oracle/observe.c \
    %D%/oracle/ops.c \
    %D%/oracle/player.c \
    %D%/oracle/player.h \
    %D%/oracle/scenario.c \
    %D%/oracle/scenario.h \
    %D%/oracle/types.c
%C%_replay_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_replay_LDADD = $(TEST_LIBS)
EXTRA_DIST += %D%/oracle/interleave.py %D%/oracle/model.py %D%/oracle/parts.py %D%/oracle/recordings \
    %D%/oracle/replay_test.py %D%/oracle/wire.py %D%/data/oracle scripts/make-oracle-data

# The engine
check_PROGRAMS += \
    %D%/unit/core/limits_test \
    %D%/unit/core/manager_test \
    %D%/unit/core/memory_test \
    %D%/unit/core/offer_test \
    %D%/unit/core/process_test \
    %D%/unit/core/reentrancy_test \
    %D%/unit/core/reply_test \
    %D%/unit/core/request_test \
    %D%/unit/core/session_test \
    %D%/unit/core/tie_sid_test \
    %D%/unit/core/tie_test
%C%_unit_core_limits_test_SOURCES = %D%/unit/core/limits_test.c %D%/unit/core/fixture.h
%C%_unit_core_limits_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_limits_test_LDADD = $(TEST_LIBS)
%C%_unit_core_manager_test_SOURCES = %D%/unit/core/manager_test.c %D%/unit/core/fixture.h
%C%_unit_core_manager_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_manager_test_LDADD = $(TEST_LIBS)
%C%_unit_core_memory_test_SOURCES = %D%/unit/core/memory_test.c \
    %D%/unit/core/script.c %D%/unit/core/script.h
%C%_unit_core_memory_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_memory_test_LDADD = $(TEST_LIBS)
%C%_unit_core_offer_test_SOURCES = %D%/unit/core/offer_test.c %D%/unit/core/fixture.h
%C%_unit_core_offer_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_offer_test_LDADD = $(TEST_LIBS)
%C%_unit_core_process_test_SOURCES = %D%/unit/core/process_test.c %D%/unit/core/fixture.h
%C%_unit_core_process_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_process_test_LDADD = $(TEST_LIBS)
%C%_unit_core_reentrancy_test_SOURCES = %D%/unit/core/reentrancy_test.c \
    %D%/unit/core/script.c %D%/unit/core/script.h
%C%_unit_core_reentrancy_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_reentrancy_test_LDADD = $(TEST_LIBS)
%C%_unit_core_reply_test_SOURCES = %D%/unit/core/reply_test.c %D%/unit/core/fixture.h
%C%_unit_core_reply_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_reply_test_LDADD = $(TEST_LIBS)
%C%_unit_core_request_test_SOURCES = %D%/unit/core/request_test.c %D%/unit/core/fixture.h
%C%_unit_core_request_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_request_test_LDADD = $(TEST_LIBS)
%C%_unit_core_session_test_SOURCES = %D%/unit/core/session_test.c %D%/unit/core/fixture.h
%C%_unit_core_session_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_session_test_LDADD = $(TEST_LIBS)
%C%_unit_core_tie_sid_test_SOURCES = %D%/unit/core/tie_sid_test.c %D%/unit/core/fixture.h
%C%_unit_core_tie_sid_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_tie_sid_test_LDADD = $(TEST_LIBS)
%C%_unit_core_tie_test_SOURCES = %D%/unit/core/tie_test.c %D%/unit/core/fixture.h
%C%_unit_core_tie_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_tie_test_LDADD = $(TEST_LIBS)

# Hostile input
check_PROGRAMS += \
    %D%/unit/core/flood_test \
    %D%/unit/core/stack_test \
    %D%/unit/core/stranger_costs \
    %D%/unit/core/stranger_test
%C%_unit_core_flood_test_SOURCES = %D%/unit/core/flood_test.c %D%/unit/core/flood.c \
    %D%/unit/core/flood.h
%C%_unit_core_flood_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_flood_test_LDADD = $(TEST_LIBS)
%C%_unit_core_stack_test_SOURCES = %D%/unit/core/stack_test.c
%C%_unit_core_stack_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_stack_test_LDADD = $(TEST_LIBS)
%C%_unit_core_stranger_costs_SOURCES = %D%/unit/core/stranger_costs.c
%C%_unit_core_stranger_costs_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_stranger_costs_LDADD = $(TEST_LIBS) -lm
EXTRA_DIST += %D%/flood-costs %D%/stranger-costs
%C%_unit_core_stranger_test_SOURCES = %D%/unit/core/stranger_test.c %D%/unit/core/fixture.h
%C%_unit_core_stranger_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_stranger_test_LDADD = $(TEST_LIBS)

# What seldom happens in the engine
check_PROGRAMS += \
    %D%/unit/core/edge_session_test \
    %D%/unit/core/edge_test \
    %D%/unit/core/null_test \
    %D%/unit/core/starved_test
%C%_unit_core_edge_session_test_SOURCES = %D%/unit/core/edge_session_test.c %D%/unit/core/fixture.h
%C%_unit_core_edge_session_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_edge_session_test_LDADD = $(TEST_LIBS)
%C%_unit_core_edge_test_SOURCES = %D%/unit/core/edge_test.c %D%/unit/core/fixture.h
%C%_unit_core_edge_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_edge_test_LDADD = $(TEST_LIBS)
%C%_unit_core_null_test_SOURCES = %D%/unit/core/null_test.c %D%/unit/core/fixture.h
%C%_unit_core_null_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_null_test_LDADD = $(TEST_LIBS)
%C%_unit_core_starved_test_SOURCES = %D%/unit/core/starved_test.c %D%/unit/core/fixture.h
%C%_unit_core_starved_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_starved_test_LDADD = $(TEST_LIBS)

# The managed type, with stub plug-ins
check_PROGRAMS += \
    %D%/unit/managed/accepted_test \
    %D%/unit/managed/addition_test \
    %D%/unit/managed/change_test \
    %D%/unit/managed/channel_test \
    %D%/unit/managed/done_test \
    %D%/unit/managed/edge_test \
    %D%/unit/managed/fail_test \
    %D%/unit/managed/incoming_test \
    %D%/unit/managed/info_test \
    %D%/unit/managed/memory_test \
    %D%/unit/managed/offer_test \
    %D%/unit/managed/open_test \
    %D%/unit/managed/patience_test \
    %D%/unit/managed/pair_test \
    %D%/unit/managed/reentrancy_test \
    %D%/unit/managed/registry_test \
    %D%/unit/managed/replace_test
%C%_unit_managed_accepted_test_SOURCES = %D%/unit/managed/accepted_test.c %D%/unit/managed/fixture.h
%C%_unit_managed_accepted_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_accepted_test_LDADD = $(TEST_LIBS)
%C%_unit_managed_addition_test_SOURCES = %D%/unit/managed/addition_test.c %D%/unit/managed/fixture.h
%C%_unit_managed_addition_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_addition_test_LDADD = $(TEST_LIBS)
%C%_unit_managed_change_test_SOURCES = %D%/unit/managed/change_test.c %D%/unit/managed/fixture.h
%C%_unit_managed_change_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_change_test_LDADD = $(TEST_LIBS)
%C%_unit_managed_channel_test_SOURCES = %D%/unit/managed/channel_test.c %D%/unit/managed/fixture.h
%C%_unit_managed_channel_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_channel_test_LDADD = $(TEST_LIBS)
%C%_unit_managed_done_test_SOURCES = %D%/unit/managed/done_test.c %D%/unit/managed/fixture.h
%C%_unit_managed_done_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_done_test_LDADD = $(TEST_LIBS)
%C%_unit_managed_edge_test_SOURCES = %D%/unit/managed/edge_test.c %D%/unit/managed/fixture.h
%C%_unit_managed_edge_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_edge_test_LDADD = $(TEST_LIBS)
%C%_unit_managed_fail_test_SOURCES = %D%/unit/managed/fail_test.c %D%/unit/managed/fixture.h
%C%_unit_managed_fail_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_fail_test_LDADD = $(TEST_LIBS)
%C%_unit_managed_incoming_test_SOURCES = %D%/unit/managed/incoming_test.c %D%/unit/managed/fixture.h
%C%_unit_managed_incoming_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_incoming_test_LDADD = $(TEST_LIBS)
%C%_unit_managed_info_test_SOURCES = %D%/unit/managed/info_test.c %D%/unit/managed/fixture.h
%C%_unit_managed_info_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_info_test_LDADD = $(TEST_LIBS)
%C%_unit_managed_memory_test_SOURCES = %D%/unit/managed/memory_test.c %D%/unit/managed/fixture.h \
    %D%/unit/managed/script.c %D%/unit/managed/script.h
%C%_unit_managed_memory_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_memory_test_LDADD = $(TEST_LIBS)
%C%_unit_managed_offer_test_SOURCES = %D%/unit/managed/offer_test.c %D%/unit/managed/fixture.h
%C%_unit_managed_offer_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_offer_test_LDADD = $(TEST_LIBS)
%C%_unit_managed_open_test_SOURCES = %D%/unit/managed/open_test.c %D%/unit/managed/fixture.h
%C%_unit_managed_open_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_open_test_LDADD = $(TEST_LIBS)
%C%_unit_managed_patience_test_SOURCES = %D%/unit/managed/patience_test.c %D%/unit/managed/fixture.h
%C%_unit_managed_patience_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_patience_test_LDADD = $(TEST_LIBS)
%C%_unit_managed_pair_test_SOURCES = %D%/unit/managed/pair_test.c %D%/unit/managed/pair_fixture.h \
    %D%/unit/managed/fixture.h
%C%_unit_managed_pair_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_pair_test_LDADD = $(TEST_LIBS)
%C%_unit_managed_reentrancy_test_SOURCES = %D%/unit/managed/reentrancy_test.c %D%/unit/managed/fixture.h \
    %D%/unit/managed/script.c %D%/unit/managed/script.h
%C%_unit_managed_reentrancy_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_reentrancy_test_LDADD = $(TEST_LIBS)
%C%_unit_managed_registry_test_SOURCES = %D%/unit/managed/registry_test.c %D%/unit/managed/fixture.h
%C%_unit_managed_registry_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_registry_test_LDADD = $(TEST_LIBS)
%C%_unit_managed_replace_test_SOURCES = %D%/unit/managed/replace_test.c %D%/unit/managed/fixture.h
%C%_unit_managed_replace_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_managed_replace_test_LDADD = $(TEST_LIBS)

# The table of who may send and receive what
check_PROGRAMS += %D%/table
%C%_table_SOURCES = \
    %D%/table.c \
    %D%/table_cells/cell.h \
    %D%/table_cells/receive.c \
    %D%/table_cells/send.c \
    %D%/table_cells/world.c
%C%_table_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_table_LDADD = $(TEST_LIBS)
EXTRA_DIST += %D%/data/states.tsv

# Jingle as data
check_PROGRAMS += \
    %D%/roundtrip \
    %D%/unit/core/buffer_test \
    %D%/unit/core/data_test \
    %D%/unit/core/error_test \
    %D%/unit/core/data_limits_test \
    %D%/unit/core/long_test \
    %D%/unit/core/load_test \
    %D%/unit/core/names_test \
    %D%/unit/core/reason_test \
    %D%/unit/core/siphash_test \
    %D%/unit/core/write_test \
    %D%/unit/support/xml_compare_test
%C%_roundtrip_SOURCES = %D%/roundtrip.c
%C%_roundtrip_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_roundtrip_LDADD = $(TEST_LIBS)
EXTRA_DIST += %D%/data/stanzas %D%/roundtrip-examples %D%/roundtrip-faults
%C%_unit_core_buffer_test_SOURCES = %D%/unit/core/buffer_test.c %D%/unit/core/elements.h
%C%_unit_core_buffer_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_buffer_test_LDADD = $(TEST_LIBS)
%C%_unit_core_data_test_SOURCES = %D%/unit/core/data_test.c %D%/unit/core/elements.h \
    %D%/unit/core/data_fixture.h
%C%_unit_core_data_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_data_test_LDADD = $(TEST_LIBS)
%C%_unit_core_error_test_SOURCES = %D%/unit/core/error_test.c %D%/unit/core/elements.h
%C%_unit_core_error_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_error_test_LDADD = $(TEST_LIBS)
%C%_unit_core_long_test_SOURCES = %D%/unit/core/long_test.c %D%/unit/core/fixture.h
%C%_unit_core_long_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_long_test_LDADD = $(TEST_LIBS)
%C%_unit_core_data_limits_test_SOURCES = %D%/unit/core/data_limits_test.c %D%/unit/core/elements.h
%C%_unit_core_data_limits_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_data_limits_test_LDADD = $(TEST_LIBS)
%C%_unit_core_load_test_SOURCES = %D%/unit/core/load_test.c %D%/unit/core/elements.h
%C%_unit_core_load_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_load_test_LDADD = $(TEST_LIBS)
%C%_unit_core_names_test_SOURCES = %D%/unit/core/names_test.c %D%/unit/core/elements.h
%C%_unit_core_names_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_names_test_LDADD = $(TEST_LIBS)
%C%_unit_core_reason_test_SOURCES = %D%/unit/core/reason_test.c %D%/unit/core/elements.h \
    %D%/unit/core/data_fixture.h
%C%_unit_core_reason_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_reason_test_LDADD = $(TEST_LIBS)
%C%_unit_core_siphash_test_SOURCES = %D%/unit/core/siphash_test.c %D%/unit/core/elements.h
%C%_unit_core_siphash_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_siphash_test_LDADD = $(TEST_LIBS)
%C%_unit_core_write_test_SOURCES = %D%/unit/core/write_test.c %D%/unit/core/elements.h \
    %D%/unit/core/data_fixture.h
%C%_unit_core_write_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_write_test_LDADD = $(TEST_LIBS)
%C%_unit_support_xml_compare_test_SOURCES = %D%/unit/support/xml_compare_test.c \
    %D%/unit/core/elements.h
%C%_unit_support_xml_compare_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_support_xml_compare_test_LDADD = $(TEST_LIBS)

# Sockets, and SOCKS5 bytestreams over them
check_PROGRAMS += %D%/unit/net/net_test %D%/unit/transport/s5b_test
%C%_unit_net_net_test_SOURCES = %D%/unit/net/net_test.c
%C%_unit_net_net_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_net_net_test_LDADD = $(TEST_LIBS)
# The system's calls come to unit/net/refusal.c first.
NET_WRAPPED = -Wl,--wrap=accept,--wrap=bind,--wrap=connect,--wrap=getifaddrs,--wrap=freeifaddrs \
    -Wl,--wrap=getsockname,--wrap=getsockopt,--wrap=poll,--wrap=recv,--wrap=send,--wrap=socket \
    -Wl,--wrap=ares_init_options
check_PROGRAMS += %D%/unit/net/failures_test %D%/unit/net/ipv6_test %D%/unit/net/nets_test
%C%_unit_net_failures_test_SOURCES = %D%/unit/net/failures_test.c \
    %D%/unit/net/fixture.h %D%/unit/net/refusal.c %D%/unit/net/refusal.h
%C%_unit_net_failures_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_net_failures_test_LDADD = $(TEST_LIBS)
%C%_unit_net_failures_test_LINK = $(LINK) $(NET_WRAPPED)
%C%_unit_net_ipv6_test_SOURCES = %D%/unit/net/ipv6_test.c \
    %D%/unit/net/fixture.h %D%/unit/net/refusal.c %D%/unit/net/refusal.h
%C%_unit_net_ipv6_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_net_ipv6_test_LDADD = $(TEST_LIBS)
%C%_unit_net_ipv6_test_LINK = $(LINK) $(NET_WRAPPED)
%C%_unit_net_nets_test_SOURCES = %D%/unit/net/nets_test.c \
    %D%/unit/net/fixture.h %D%/unit/net/refusal.c %D%/unit/net/refusal.h
%C%_unit_net_nets_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_net_nets_test_LDADD = $(TEST_LIBS)
%C%_unit_net_nets_test_LINK = $(LINK) $(NET_WRAPPED)
%C%_unit_transport_s5b_test_SOURCES = %D%/unit/transport/s5b_test.c
%C%_unit_transport_s5b_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_transport_s5b_test_LDADD = $(TEST_LIBS)

include test/fuzz/local.mk
include test/unit/app/local.mk
include test/unit/core/local.mk
include test/unit/managed/local.mk
include test/unit/strophe/local.mk
include test/unit/transport/local.mk

# Rules and the checklist
check_PROGRAMS += %D%/unit/core/rules_test
%C%_unit_core_rules_test_SOURCES = %D%/unit/core/rules_test.c %D%/unit/core/fixture.h
%C%_unit_core_rules_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_unit_core_rules_test_LDADD = $(TEST_LIBS)
EXTRA_DIST += %D%/data/checklist.tsv scripts/checklist

# make check runs what needs no server, in this build; scripts/test runs all, in several builds.
test-programs: $(check_LTLIBRARIES) $(check_PROGRAMS)
check-local: test-programs
	$(PYTHON3) $(srcdir)/scripts/run_suite.py --srcdir $(srcdir) --build $(JINGLE_BUILD)=. --stage check
mostlyclean-local:
	rm -rf test-log test-tmp
.PHONY: test-programs
