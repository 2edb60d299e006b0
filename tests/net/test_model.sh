#!/bin/bash
# The reference bridge, the kernel's and the accelerated one agree, on generated scenarios; VLANs where the kernel has
# them. SEED= and ROUNDS= choose others and more.
. "$(dirname "$0")/lib.sh"
need_root
n=0
for kind in "" -v -a "-a -v"; do
	timeout $((${#LAB} ? 900 : 300)) "$TESTBIN/tools/bridge_diff" -s "${SEED:-1}" -r "${ROUNDS:-40}" $kind >"$T/out" 2>&1
	n=$((n + 1))
	grep '^#' "$T/out"
	if grep -qE '^(ok|not ok) 1 ' "$T/out"; then
		sed -nE "s/^(ok|not ok) 1 /\1 $n /p" "$T/out"
	else
		echo "not ok $n - bridge_diff $kind did not end: $(tail -1 "$T/out")"
	fi
done
echo "1..$n"
