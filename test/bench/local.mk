# Benchmarks. They are made like tests (see test/local.mk). engine-costs runs bench_engine under
# callgrind; pump.py is the server that e2e_engine and e2e_floor want, and e2e-costs runs the two under
# callgrind. docs/performance.md says what comes out.
check_PROGRAMS += %D%/bench_engine %D%/bench_many %D%/bench_s5b %D%/e2e_engine %D%/e2e_floor \
    %D%/inband_floor
%C%_bench_many_SOURCES = %D%/bench_many.c
%C%_bench_many_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_bench_many_LDADD = $(TEST_LIBS)
%C%_bench_s5b_SOURCES = %D%/bench_s5b.c
%C%_bench_s5b_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_bench_s5b_LDADD = $(TEST_LIBS)
%C%_bench_engine_SOURCES = %D%/bench_engine.c
%C%_bench_engine_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_bench_engine_LDFLAGS = $(AM_LDFLAGS)
%C%_bench_engine_LDADD = $(JINGLE_LAYERS) $(JINGLE_LIBS)
%C%_e2e_engine_SOURCES = %D%/e2e_engine.c
%C%_e2e_engine_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_e2e_engine_LDFLAGS = $(AM_LDFLAGS)
%C%_e2e_engine_LDADD = $(JINGLE_LAYERS) $(JINGLE_LIBS)
%C%_e2e_floor_SOURCES = %D%/e2e_floor.c
%C%_e2e_floor_LDADD = $(STROPHE_LIBS)
%C%_inband_floor_SOURCES = %D%/inband_floor.c
%C%_inband_floor_LDADD = $(STROPHE_LIBS)

EXTRA_DIST += %D%/beside-gloox %D%/e2e-costs %D%/e2e_gloox.cc %D%/engine-costs %D%/inband.py %D%/pump.py
