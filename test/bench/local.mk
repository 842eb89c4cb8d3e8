# Benchmarks. They are made like tests (see test/local.mk); engine-costs runs bench_engine under
# callgrind, e2e_engine wants a server that pumps stanzas at it. docs/performance.md says how.
check_PROGRAMS += %D%/bench_engine %D%/e2e_engine
%C%_bench_engine_SOURCES = %D%/bench_engine.c
%C%_bench_engine_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_bench_engine_LDADD = $(JINGLE_LAYERS) $(JINGLE_LIBS)
%C%_e2e_engine_SOURCES = %D%/e2e_engine.c
%C%_e2e_engine_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_e2e_engine_LDADD = $(JINGLE_LAYERS) $(JINGLE_LIBS)

EXTRA_DIST += %D%/engine-costs
