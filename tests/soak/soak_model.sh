#!/bin/bash
# The reference bridge beside the kernel's and the accelerated one, on scenarios from a random seed, for MINUTES.
# A scenario that shows a difference is kept, and its seed printed: `brcheck compare FILE` shows it again.
set -u
: "${TESTBIN:?set TESTBIN to the folder of the test tools (make soak does)}"
seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
end=$(($(date +%s) + ${MINUTES:-10} * 60)) frames=0
while [ "$(date +%s)" -lt $end ]; do
	for kind in "" -a -v "-a -v"; do
		out=$(timeout 600 "$TESTBIN/tools/bridge_diff" -s "$seed" -r 100 $kind)
		if ! grep -q '^ok 1' <<<"$out"; then echo "$out"; echo "soak_model: seed $seed, options '$kind'"; exit 1; fi
		n=$(sed -n 's/.* agree.* on \([0-9]*\) frames.*/\1/p' <<<"$out")
		frames=$((frames + ${n:-0}))
	done
	seed=$((seed + 100))
done
echo "soak_model: $frames frames, no difference"
