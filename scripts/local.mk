EXTRA_DIST += %D%/coverage %D%/deps %D%/fuzz %D%/lib.sh %D%/mutate %D%/quickstart %D%/run_suite.py %D%/test
