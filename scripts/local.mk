EXTRA_DIST += %D%/deps %D%/lib.sh %D%/run_suite.py %D%/test
