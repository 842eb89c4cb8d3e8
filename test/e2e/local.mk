# The end-to-end tests: python programs, run by the suite (suite.list).
EXTRA_DIST += \
    %D%/clock.py \
    %D%/component.py \
    %D%/examples.py \
    %D%/faults.py \
    %D%/foreign.py \
    %D%/gateway.py \
    %D%/harness.py \
    %D%/hostile.py \
    %D%/libstrophe.supp \
    %D%/login.py \
    %D%/node.py \
    %D%/node/caller.js \
    %D%/node/package.json \
    %D%/node/phone.js \
    %D%/paths.py \
    %D%/people.py \
    %D%/peers.py \
    %D%/rawpeer.py \
    %D%/relay.py \
    %D%/restart.py \
    %D%/states.py \
    %D%/transfer.py \
    %D%/walls.py

# What node.py had npm install, once.
distclean-local:
	rm -rf test-node
