#!/bin/bash
# cbpftool list and dump, beside tcpdump; and what is said to a wrong command line.
. "$(dirname "$0")/lib.sh"
need tcpdump
C=$BIN/cbpftool

# as_tcpdump EXPR [LINKTYPE [OPTION]]
as_tcpdump() {
	local form
	for form in d dd ddd; do
		"$C" dump -y "${2:-EN10MB}" ${3:-} -e "$1" -F $form >"$T/ours" 2>"$T/note" || return 1
		tcpdump -y "${2:-EN10MB}" ${3:-} -$form "$1" >"$T/theirs" 2>/dev/null || return 1
		cmp "$T/ours" "$T/theirs" || return 1
	done
}
while read -r expr; do
	check "as tcpdump prints it: $expr" as_tcpdump "$expr"
	check "as tcpdump -O prints it: $expr" as_tcpdump "$expr" EN10MB -O
done <<'EXPRESSIONS'
src 192.168.0.18
ip
tcp port 80
portrange 1000-2000
vlan 5 and ip6
ip[2:2] - ((ip[0] & 0xf) << 2) % 7 = 3
tcp[tcpflags] & (tcp-syn|tcp-fin) != 0
ether[12:2] == 0xDADA and ether[20:2] == 0x88F7 and ether[22:1] & 0x8 != 0x8
EXPRESSIONS
check "another link type" as_tcpdump "icmp" RAW
check "a short snap length" bash -c "diff <($C dump -s 96 -e ip) <(tcpdump -y EN10MB -s 96 -d ip 2>/dev/null)"

# Every form is read back from a pipe and gives the same again, in a form that shows no more.
again() {
	local as=dd; case $2 in d|d1.11) as=d ;; esac
	"$C" dump -n "$1" -F "$2" 2>/dev/null | "$C" dump -f - -F $as | cmp - <("$C" dump -n "$1" -F $as 2>/dev/null)
}
for name in $("$C" list | cut -d' ' -f1); do
	for form in d d1.11 dd ddd comma asm c ss raw-le raw-be; do check "$name, written as $form and read" again "$name" $form; done
done
check "list NAME shows the file" bash -c "$C list ptp | diff - ${0%/*}/../../cbpf/catalogue/ptp.filter"

# refused STATUS "SENTENCE" arguments...
refused() {
	local status=$1 says=$2 rc; shift 2
	"$C" "$@" >"$T/out" 2>"$T/err" </dev/null; rc=$?
	[ ! -s "$T/out" ] && [ "$(wc -l <"$T/err")" = 1 ] && [ $rc = "$status" ] &&
		[ "$(cat "$T/err")" = "cbpftool: $says" ] && ok "refused: $says" && return
	not_ok "refused ($rc): $*"; sed 's/^/# /' "$T/err"
}
h="(\`cbpftool --help\` shows the usage)"
printf '(000) ret #1 2\n' >"$T/bad"
refused 2 "no program is given: name one with -e EXPR, -n NAME or -f FILE $h" dump
refused 2 "a program has one source: give one of -e, -n and -f, once $h" dump -e ip -n ptp
refused 2 "there is no form 'x'; the forms are d, d1.11, dd, ddd, comma, asm, c, ss, raw-le and raw-be $h" dump -e ip -F x
refused 2 "the snap length '0' is no number from 1 to 262144 $h" dump -e ip -s 0
refused 2 "'host' is left over; an expression goes behind -e, in quotes $h" dump -e ip host
refused 2 "-s and -O are for compiling (-e, -n), not for a program from -f $h" dump -f - -s 9
refused 2 "there is no command 'fly' $h" fly
refused 1 "there is no filter 'x' in the catalogue; \`cbpftool list\` shows those there are" dump -n x
refused 1 "there is no link type 'X'; EN10MB is Ethernet, DSA_TAG_EDSA Marvell EDSA" dump -e ip -y X
refused 1 "the filter 'ptp' is for the link types EN10MB DSA_TAG_EDSA, not for RAW" dump -n ptp -y RAW
refused 1 "the expression 'ip and and' does not compile: can't parse filter expression: syntax error" dump -e 'ip and and'
refused 1 "$T/none cannot be read: No such file or directory" dump -f "$T/none"
refused 1 "$T/bad, line 1, column 14: '2' stands where the end of the line should" dump -f "$T/bad"
printf 'hello world\n' >"$T/hello"
refused 1 "$T/hello, line 1, column 1: there is no instruction 'hello'" dump -f "$T/hello"
refused 1 "/dev/zero cannot be read: File too large" dump -f /dev/zero
refused 1 "$T cannot be read: Is a directory" dump -f "$T"
refused 1 "standard input, line 1, column 1: there is no program in this text" dump -f -
# The man page has every command, the completion offers them and their values.
D=$(dirname "$0")/../../docs
for c in $("$C" --help | sed -n '/^commands:/,$s/^  \([a-z]*\) .*/\1/p'); do
	check "the man page has an example of $c" bash -c "sed -n '/^.SS $c/,/^.S[SH]/p' '$D/cbpftool.8' | grep -q '^[\$#] .fBcbpftool $c\|cbpftool $c'"
done
complete_as() { bash -c 'source "$1"; COMP_WORDS=("${@:2}"); COMP_CWORD=$(($# - 2)); _cbpftool; echo "${COMPREPLY[@]}"' - "$D/cbpftool.bash" "$@"; }
equal "completes a command" "dump" "$(complete_as "$C" du)"
equal "completes a filter" "gptp" "$(complete_as "$C" run -n g)"
equal "completes a filter for diff" "gptp" "$(complete_as "$C" diff ptp g)"
equal "completes a form" "comma c" "$(complete_as "$C" dump -F c)"
equal "completes an option" "--verdicts" "$(complete_as "$C" run --v)"
equal "completes an engine" "libpcap" "$(complete_as "$C" run --engine l)"
finish
