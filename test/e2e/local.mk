# The end-to-end tests: python programs, run by the suite (suite.list).
EXTRA_DIST += \
    %D%/component.py \
    %D%/foreign.py \
    %D%/gateway.py \
    %D%/harness.py \
    %D%/login.py \
    %D%/node.py \
    %D%/node/caller.js \
    %D%/node/package.json \
    %D%/node/phone.js \
    %D%/paths.py \
    %D%/people.py \
    %D%/peers.py \
    %D%/rawpeer.py \
    %D%/transfer.py

# What node.py had npm install, once.
distclean-local:
	rm -rf test-node
