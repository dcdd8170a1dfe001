#!/bin/sh
# Runs each test file of the payload. Their output goes to the second serial port, and for each a line of JSON to the third: the
# first one is the console.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
stty -F /dev/ttyS2 raw
for file in build/test/*/*.test.cjs; do
	rm -f /tmp/counts.json
	timeout --kill-after=10 300 node --test --enable-source-maps \
		--test-reporter=spec --test-reporter-destination=stdout \
		--test-reporter=/payload/count-reporter.mjs --test-reporter-destination=/tmp/counts.json \
		"$file" > /dev/ttyS1 2>&1
	printf '%s %s %s\n' "$(basename "$file" .test.cjs)" $? "$(cat /tmp/counts.json)" > /dev/ttyS2
done
