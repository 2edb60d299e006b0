#!/bin/bash
# The tests that need another kernel than this one (VLAN filtering), in the guest that boots fastest. What
# kernels x tests there are is make lab-check's.
. "$(dirname "$0")/lib.sh"
net=$(dirname "$0") lab=$(dirname "$0")/../lab
! grep -q __asan_init "$TESTBIN/tools/replay" ||
	skip_all "the address sanitizer needs more address space than User Mode Linux gives (run without SAN=1)"
# Generated scenarios last, and few: they take most of the time, which is two minutes on a quiet machine.
tests=("$lab/guest/test_vlan.sh" "$lab/guest/test_scenarios.sh" "$net/test_xdp_bridge_vlan.sh" "$lab/guest/test_unit.sh" "$lab/guest/test_model.sh")
ROUNDS=${ROUNDS:-4} timeout 580 "$lab/run" -k uml -t 560 "$lab/tap" "${tests[@]}" >"$T/tap" 2>"$T/err"
rc=$?
[ $rc -ne 77 ] || skip_all "$(tail -n 1 "$T/err")"
# The guest's lines are this test's lines; a guest that ends early has no plan, and that is one more.
grep -v '^1\.\.' "$T/tap"
TAP_N=$(grep -cE '^(not )?ok ' "$T/tap") TAP_FAILED=$(grep -c '^not ok ' "$T/tap")
if grep -q '^1\.\.' "$T/tap"; then
	ok "the guest ran its tests to the end"
else
	not_ok "the guest ran its tests to the end (status $rc)"
	sed 's/^/# /' "$T/err"
fi
finish
