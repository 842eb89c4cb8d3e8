# Benchmarks. They are made like tests (see test/local.mk).
