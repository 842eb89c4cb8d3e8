# The examples, compiled by `make check` so that they cannot rot; on the public API alone. -static:
# linked with our static library, so that each is a program and no wrapper script around one.
# test/install_test.sh compiles them outside the tree too.
JINGLE_EXAMPLE_LIBS = libstrophe-jingle.la $(JINGLE_LIBS)

check_PROGRAMS += \
    %D%/bot \
    %D%/component \
    %D%/custom_application \
    %D%/custom_session_type \
    %D%/custom_transport \
    %D%/file_bot \
    %D%/gateway \
    %D%/send_bot \
    %D%/restart_bot \
    %D%/two_accounts

%C%_bot_SOURCES = %D%/bot.c
%C%_bot_LDFLAGS = $(AM_LDFLAGS) -static
%C%_bot_LDADD = $(JINGLE_EXAMPLE_LIBS)

%C%_component_SOURCES = %D%/component.c
%C%_component_LDFLAGS = $(AM_LDFLAGS) -static
%C%_component_LDADD = $(JINGLE_EXAMPLE_LIBS)

%C%_custom_application_SOURCES = %D%/custom_application.c
%C%_custom_application_LDFLAGS = $(AM_LDFLAGS) -static
%C%_custom_application_LDADD = $(JINGLE_EXAMPLE_LIBS)

%C%_custom_session_type_SOURCES = %D%/custom_session_type.c
%C%_custom_session_type_LDFLAGS = $(AM_LDFLAGS) -static
%C%_custom_session_type_LDADD = $(JINGLE_EXAMPLE_LIBS)

%C%_custom_transport_SOURCES = %D%/custom_transport.c
%C%_custom_transport_LDFLAGS = $(AM_LDFLAGS) -static
%C%_custom_transport_LDADD = $(JINGLE_EXAMPLE_LIBS)

%C%_file_bot_SOURCES = %D%/file_bot.c
%C%_file_bot_LDFLAGS = $(AM_LDFLAGS) -static
%C%_file_bot_LDADD = $(JINGLE_EXAMPLE_LIBS)

%C%_gateway_SOURCES = %D%/gateway.c %D%/metrics.h %D%/store.h
%C%_gateway_LDFLAGS = $(AM_LDFLAGS) -static
%C%_gateway_LDADD = $(JINGLE_EXAMPLE_LIBS)

%C%_send_bot_SOURCES = %D%/send_bot.c
%C%_send_bot_LDFLAGS = $(AM_LDFLAGS) -static
%C%_send_bot_LDADD = $(JINGLE_EXAMPLE_LIBS)

%C%_restart_bot_SOURCES = %D%/restart_bot.c %D%/store.h
%C%_restart_bot_LDFLAGS = $(AM_LDFLAGS) -static
%C%_restart_bot_LDADD = $(JINGLE_EXAMPLE_LIBS)

%C%_two_accounts_SOURCES = %D%/two_accounts.c
%C%_two_accounts_LDFLAGS = $(AM_LDFLAGS) -static
%C%_two_accounts_LDADD = $(JINGLE_EXAMPLE_LIBS)

# It needs the simulator.
if BUILD_SIM
check_PROGRAMS += %D%/sim_session_type
endif
EXTRA_DIST += %D%/sim_session_type.c
%C%_sim_session_type_SOURCES = %D%/sim_session_type.c
%C%_sim_session_type_LDFLAGS = $(AM_LDFLAGS) -static
%C%_sim_session_type_LDADD = libstrophe-jingle-sim.a $(JINGLE_EXAMPLE_LIBS) $(EXPAT_LIBS)
