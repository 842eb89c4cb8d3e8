# The end-to-end tests: python programs, run by the suite (suite.list).
EXTRA_DIST += \
    %D%/harness.py \
    %D%/login.py \
    %D%/transfer.py
