# make check runs the part of the suite that needs no server, in this build. (scripts/test runs more,
# in two builds.)
test-programs: $(check_LTLIBRARIES) $(check_PROGRAMS)
.PHONY: test-programs
