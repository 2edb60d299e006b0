#!/bin/bash
# The captures in pcaps/ are what their generator makes, and each stands in the README.
. "$(dirname "$0")/lib.sh"
cd "$(dirname "$0")/../.." || exit 1
"$(dirname "$TESTBIN")/pcaps/generate" "$T" || not_ok "the generator runs"
pcaps/ptp.sh "$BIN/ptpsend" "$T" || not_ok "the generator of PTP captures runs"
for f in pcaps/*.pcap pcaps/*.pcapng; do
	n=$(basename "$f")
	check "$n is what the generator makes" cmp "$f" "$T/$n"
	check "$n is described in pcaps/README.md" grep -q "^| $n |" pcaps/README.md
done
for f in "$T"/*.pcap "$T"/*.pcapng; do check "$(basename "$f") is committed" test -e "pcaps/$(basename "$f")"; done
finish
