# The end-to-end tests: python programs, run by the suite (suite.list).
EXTRA_DIST += \
    %D%/foreign.py \
    %D%/harness.py \
    %D%/login.py \
    %D%/peers.py \
    %D%/rawpeer.py \
    %D%/transfer.py
