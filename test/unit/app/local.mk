# File transfer. Two managers back to back stand for two clients.
check_PROGRAMS += \
    %D%/anew_test \
    %D%/ask_again_test \
    %D%/ask_answer_test \
    %D%/ask_saved_test \
    %D%/ask_test \
    %D%/both_ways_test \
    %D%/cut_test \
    %D%/date_test \
    %D%/disk_test \
    %D%/element_test \
    %D%/end_test \
    %D%/fault_test \
    %D%/forged_test \
    %D%/hash_saved_test \
    %D%/hashing_test \
    %D%/hash_test \
    %D%/last_words_test \
    %D%/overtaken_test \
    %D%/provide_test \
    %D%/range_test \
    %D%/request_test \
    %D%/quiet_test \
    %D%/reread_test \
    %D%/resume_test \
    %D%/offline_test \
    %D%/saved_again_test \
    %D%/resume_digest_test \
    %D%/resume_saved_test \
    %D%/saved_test \
    %D%/several_test \
    %D%/state_test \
    %D%/text_test \
    %D%/threads_test \
    %D%/thumbnail_test \
    %D%/transfer_test
%C%_anew_test_SOURCES = %D%/anew_test.c %D%/resumed.c %D%/resumed.h
%C%_anew_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_anew_test_LDADD = $(TEST_LIBS)
%C%_ask_again_test_SOURCES = %D%/ask_again_test.c %D%/asked.c %D%/asked.h \
    %D%/asking.c %D%/asking.h
%C%_ask_again_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_ask_again_test_LDADD = $(TEST_LIBS)
%C%_ask_answer_test_SOURCES = %D%/ask_answer_test.c %D%/asked.c %D%/asked.h \
    %D%/asking.c %D%/asking.h
%C%_ask_answer_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_ask_answer_test_LDADD = $(TEST_LIBS)
%C%_ask_saved_test_SOURCES = %D%/ask_saved_test.c %D%/asking.c %D%/asking.h
%C%_ask_saved_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_ask_saved_test_LDADD = $(TEST_LIBS)
%C%_ask_test_SOURCES = %D%/ask_test.c %D%/asked.c %D%/asked.h \
    %D%/asking.c %D%/asking.h
%C%_ask_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_ask_test_LDADD = $(TEST_LIBS)
%C%_reread_test_SOURCES = %D%/reread_test.c %D%/hand.c %D%/hand.h
%C%_quiet_test_SOURCES = %D%/quiet_test.c %D%/hand.c %D%/hand.h %D%/resumed.c %D%/resumed.h
%C%_quiet_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_quiet_test_LDADD = $(TEST_LIBS)
%C%_reread_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_reread_test_LDADD = $(TEST_LIBS)
%C%_both_ways_test_SOURCES = %D%/both_ways_test.c
%C%_both_ways_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_both_ways_test_LDADD = $(TEST_LIBS)
%C%_cut_test_SOURCES = %D%/cut_test.c \
    %D%/cut_transport.c %D%/cut_transport.h
%C%_cut_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_cut_test_LDADD = $(TEST_LIBS)
%C%_date_test_SOURCES = %D%/date_test.c
%C%_date_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_date_test_LDADD = $(TEST_LIBS)
%C%_last_words_test_SOURCES = %D%/last_words_test.c
%C%_last_words_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_last_words_test_LDADD = $(TEST_LIBS)
%C%_offline_test_SOURCES = %D%/offline_test.c
%C%_offline_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_offline_test_LDADD = $(TEST_LIBS)
%C%_saved_again_test_SOURCES = %D%/saved_again_test.c
%C%_saved_again_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_saved_again_test_LDADD = $(TEST_LIBS)
%C%_resume_digest_test_SOURCES = %D%/resume_digest_test.c %D%/resumed.c %D%/resumed.h
%C%_resume_digest_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_resume_digest_test_LDADD = $(TEST_LIBS)
%C%_resume_saved_test_SOURCES = %D%/resume_saved_test.c %D%/saving.c %D%/saving.h
%C%_resume_saved_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_resume_saved_test_LDADD = $(TEST_LIBS)
%C%_saved_test_SOURCES = %D%/saved_test.c %D%/saving.c %D%/saving.h
%C%_saved_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_saved_test_LDADD = $(TEST_LIBS)
%C%_disk_test_SOURCES = %D%/disk_test.c
%C%_disk_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_disk_test_LDADD = $(TEST_LIBS)
%C%_element_test_SOURCES = %D%/element_test.c
%C%_element_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_element_test_LDADD = $(TEST_LIBS)
%C%_end_test_SOURCES = %D%/end_test.c
%C%_end_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_end_test_LDADD = $(TEST_LIBS)
%C%_fault_test_SOURCES = %D%/fault_test.c
%C%_fault_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_fault_test_LDADD = $(TEST_LIBS)
%C%_forged_test_SOURCES = %D%/forged_test.c %D%/saving.c %D%/saving.h
%C%_forged_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_forged_test_LDADD = $(TEST_LIBS)
%C%_hash_saved_test_SOURCES = %D%/hash_saved_test.c %D%/asking.c %D%/asking.h
%C%_hash_saved_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_hash_saved_test_LDADD = $(TEST_LIBS)
%C%_hash_test_SOURCES = %D%/hash_test.c
%C%_hash_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_hash_test_LDADD = $(TEST_LIBS)
%C%_provide_test_SOURCES = %D%/provide_test.c %D%/asking.c %D%/asking.h
%C%_provide_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_provide_test_LDADD = $(TEST_LIBS)
%C%_overtaken_test_SOURCES = %D%/overtaken_test.c %D%/cut_transport.c %D%/cut_transport.h
%C%_overtaken_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_overtaken_test_LDADD = $(TEST_LIBS)
%C%_range_test_SOURCES = %D%/range_test.c
%C%_range_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_range_test_LDADD = $(TEST_LIBS)
%C%_request_test_SOURCES = %D%/request_test.c %D%/asking.c %D%/asking.h
%C%_request_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_request_test_LDADD = $(TEST_LIBS)
%C%_hashing_test_SOURCES = %D%/hashing_test.c %D%/resumed.c %D%/resumed.h
%C%_hashing_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_hashing_test_LDADD = $(TEST_LIBS)
%C%_resume_test_SOURCES = %D%/resume_test.c %D%/resumed.c %D%/resumed.h
%C%_resume_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_resume_test_LDADD = $(TEST_LIBS)
%C%_several_test_SOURCES = %D%/several_test.c
%C%_several_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_several_test_LDADD = $(TEST_LIBS)
%C%_state_test_SOURCES = %D%/state_test.c
%C%_state_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_state_test_LDADD = $(TEST_LIBS)
%C%_text_test_SOURCES = %D%/text_test.c
%C%_text_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_text_test_LDADD = $(TEST_LIBS)
%C%_threads_test_SOURCES = %D%/threads_test.c
%C%_threads_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_threads_test_CFLAGS = $(AM_CFLAGS) -pthread
%C%_threads_test_LDADD = $(TEST_LIBS) -lpthread
%C%_thumbnail_test_SOURCES = %D%/thumbnail_test.c
%C%_thumbnail_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_thumbnail_test_LDADD = $(TEST_LIBS)
%C%_transfer_test_SOURCES = %D%/transfer_test.c
%C%_transfer_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_transfer_test_LDADD = $(TEST_LIBS)

# The system's calls come to the test first.
check_PROGRAMS += %D%/disk_failures_test
%C%_disk_failures_test_SOURCES = %D%/disk_failures_test.c
%C%_disk_failures_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_disk_failures_test_LDADD = $(TEST_LIBS)
%C%_disk_failures_test_LINK = $(LINK) -Wl,--wrap=linkat,--wrap=renameat,--wrap=fsync,--wrap=flock \
    -Wl,--wrap=openat,--wrap=openat64

check_PROGRAMS += %D%/kept_saved_test
%C%_kept_saved_test_SOURCES = %D%/kept_saved_test.c
%C%_kept_saved_test_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_kept_saved_test_LDADD = $(TEST_LIBS)
