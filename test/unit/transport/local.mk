# In-band bytestreams
check_PROGRAMS += %D%/base64_test %D%/ibb_test
%C%_base64_test_SOURCES = %D%/base64_test.c
%C%_base64_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_base64_test_LDADD = $(TEST_LIBS)
%C%_ibb_test_SOURCES = %D%/ibb_test.c %D%/bytes_app.c %D%/bytes_app.h
%C%_ibb_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_ibb_test_LDADD = $(TEST_LIBS)

# SOCKS5 bytestreams on a virtual network
check_PROGRAMS += %D%/candidates_test %D%/nominate_test
%C%_candidates_test_SOURCES = %D%/candidates_test.c %D%/s5b_peer.h %D%/bytes_app.c %D%/bytes_app.h
%C%_candidates_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_candidates_test_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/s5b_offer_test %D%/s5b_fail_test %D%/s5b_proxy_test
%C%_s5b_offer_test_SOURCES = %D%/s5b_offer_test.c %D%/s5b_peer.h %D%/bytes_app.c %D%/bytes_app.h
%C%_s5b_offer_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_s5b_offer_test_LDADD = $(TEST_LIBS)
%C%_s5b_fail_test_SOURCES = %D%/s5b_fail_test.c %D%/s5b_peer.h %D%/s5b_server.h %D%/bytes_app.c %D%/bytes_app.h
%C%_s5b_fail_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_s5b_fail_test_LDADD = $(TEST_LIBS)
%C%_s5b_proxy_test_SOURCES = %D%/s5b_proxy_test.c %D%/s5b_peer.h %D%/s5b_server.h %D%/bytes_app.c %D%/bytes_app.h
%C%_s5b_proxy_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_s5b_proxy_test_LDADD = $(TEST_LIBS)
%C%_nominate_test_SOURCES = %D%/nominate_test.c %D%/bytes_app.c %D%/bytes_app.h
%C%_nominate_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_nominate_test_LDADD = $(TEST_LIBS)

# In-band bytestreams: flow
check_PROGRAMS += %D%/ibb_flow_test
check_PROGRAMS += %D%/ibb_further_test %D%/ibb_freed_test
%C%_ibb_freed_test_SOURCES = %D%/ibb_freed_test.c %D%/bytes_app.c %D%/bytes_app.h
%C%_ibb_freed_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_ibb_freed_test_LDADD = $(TEST_LIBS)
%C%_ibb_further_test_SOURCES = %D%/ibb_further_test.c %D%/bytes_app.c %D%/bytes_app.h
%C%_ibb_further_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_ibb_further_test_LDADD = $(TEST_LIBS)
%C%_ibb_flow_test_SOURCES = %D%/ibb_flow_test.c %D%/bytes_app.c %D%/bytes_app.h
%C%_ibb_flow_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_ibb_flow_test_LDADD = $(TEST_LIBS)
