EXTRA_DIST += %D%/deps %D%/lib.sh %D%/quickstart %D%/run_suite.py %D%/test
