#!/bin/bash
# tests/lab/run itself: what it refuses, and that a script's arguments, output, status and files come through.
. "$(dirname "$0")/lib.sh"
run=$(dirname "$0")/../lab/run

echo 'exit 0' >"$T/script"
# says WHAT STATUS SENTENCE ARGUMENT...
says() {
	local what=$1 want=$2 sentence=$3 rc; shift 3
	timeout 250 "$run" "$@" >"$T/out" 2>"$T/err" </dev/null
	rc=$?
	if [ $rc -eq "$want" ] && grep -q -- "$sentence" "$T/err"; then
		ok "$what"
	else
		not_ok "$what"
		echo "# status $rc, wanted $want"
		sed 's/^/# /' "$T/err"
	fi
}
says "no script" 2 "^run \[-k KERNEL\]"
says "an unknown option" 2 "^run \[-k KERNEL\]" -z
says "a script that is not there" 2 "^/no/script: no such script$" /no/script
says "a folder in place of a script" 2 "^/proc: no such script$" /proc
says "a folder that cannot be made" 2 "^-o /proc/none: not a folder to write to$" -o /proc/none "$T/script"
says "an unknown kernel" 2 "^-k 4.4: not one of uml " -k 4.4 "$T/script"
says "no time" 2 "^-t 0: not a number of seconds$" -t 0 "$T/script"
says "a NIC for User Mode Linux" 2 "^-n: User Mode Linux has no NIC" -n igb "$T/script"
lib=$(dirname "$0")/../../build/tests/lab/uml_ptrace.so
if [ -f "$lib" ] && [ -x /sbin/modprobe ]; then
	http_proxy=http://127.0.0.1:1 https_proxy=http://127.0.0.1:1 LAB_CACHE=$T/cache \
		says "a guest that cannot be had" 77 . "$T/script"
	equal "is one sentence" 1 "$(wc -l <"$T/err")"
fi

cat >"$T/script" <<'S'
echo "<$1> <$2> $(id -u) $PWD"
echo "to stderr" >&2
echo kept >"$LAB_OUT/file"
touch /etc/made-by-the-guest
exit 7
S
timeout 250 "$run" -o "$T/kept" "$T/script" 'a b' '*' >"$T/out" 2>"$T/err" </dev/null
rc=$?
if [ $rc = 77 ]; then
	skip "a script in a guest" "$(tail -n 1 "$T/err")"
	finish
fi
equal "the script's status" 7 $rc
equal "its arguments, its user, its folder, its output" "<a b> <*> 0 $PWD|to stderr" "$(paste -sd'|' "$T/out")"
equal "what it left" kept "$(cat "$T/kept/file" 2>&1)"
check "what it wrote elsewhere is gone" test ! -e /etc/made-by-the-guest
equal "and nothing else is said" "" "$(cat "$T/err")"
echo 'sleep 60' >"$T/script"
says "a script that takes too long" 124 "was ended after 1 s" -t 1 "$T/script"
finish
