#!/bin/bash
# The captures in pcaps/ are what their generator makes, and each stands in the README.
. "$(dirname "$0")/lib.sh"
cd "$(dirname "$0")/../.." || exit 1
"$(dirname "$TESTBIN")/pcaps/generate" "$T" || not_ok "the generator runs"
for f in pcaps/*.pcap; do
	n=$(basename "$f")
	check "$n is what the generator makes" cmp "$f" "$T/$n"
	check "$n is described in pcaps/README.md" grep -q "^| $n |" pcaps/README.md
done
for f in "$T"/*.pcap; do check "$(basename "$f") is committed" test -e "pcaps/$(basename "$f")"; done
finish
