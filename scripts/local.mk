EXTRA_DIST += .clang-tidy src/command/.clang-tidy
EXTRA_DIST += %D%/analyze %D%/cppcheck.suppr %D%/cross %D%/fanalyzer.suppr %D%/tsan
EXTRA_DIST += %D%/coverage %D%/deps %D%/fuzz %D%/lib.sh %D%/mutate %D%/quickstart %D%/run_suite.py %D%/test
