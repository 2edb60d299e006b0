# SPDX-License-Identifier: GPL-2.0-or-later
# Bash completion for cbpftool: commands, options, and the values that have names.

_cbpftool_values() { # the words for the option $1, or nothing
	case $1 in
	-n) "${COMP_WORDS[0]}" list 2>/dev/null | cut -d' ' -f1 ;;
	-F) echo d d1.11 dd ddd comma asm c ss raw-le raw-be ;;
	-y) echo EN10MB DSA_TAG_DSA DSA_TAG_EDSA RAW LINUX_SLL LINUX_SLL2 NULL LOOP PPP IEEE802_11 IEEE802_11_RADIO ;;
	--engine) echo vm libpcap kernel tc xdp jit all ;;
	--skb) echo vlan_tci= vlan_proto= mark= ifindex= protocol= pkttype= rxhash= queue= hatype= mac= net= ;;
	--action) echo drop pass count ;;
	--attach | --detach | --show) ls /sys/class/net ;;
	--witness) echo accept reject ;;
	esac
}

_cbpftool_options() { # the options of the command $1
	local source='-e -n -f -y -s -O' feed='-r --packet --skb'
	case $1 in
	dump) echo "$source -F" ;;
	check) echo "$source --kernel" ;;
	run) echo "$source $feed --engine --verdicts -w" ;;
	trace) echo "$source $feed -p" ;;
	debug | cover | graph) echo "$source $feed" ;;
	xdp) echo "$source -o --attach --detach --show --action --pin --interval --seconds" ;;
	socket) echo "-F" ;;
	explain) echo "$source --reject --seconds" ;;
	diff) echo "$source --witness --seconds -w $(_cbpftool_values -n)" ;;
	esac
}

_cbpftool() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]} words
	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		words=$("${COMP_WORDS[0]}" --help 2>/dev/null | sed -n '/^commands:/,$s/^  \([a-z]*\) .*/\1/p')
	elif [ "$command" = list ]; then
		words=$(_cbpftool_values -n)
	else
		case $prev in
		-e | -s | -p | --packet | --seconds | --interval) return ;;
		-f | -r | -w | -o) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
		esac
		words=$(_cbpftool_values "$prev")
		[ -n "$words" ] || words="$(_cbpftool_options "$command") --help"
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	[ "$prev" != --skb ] || compopt -o nospace 2>/dev/null
}
complete -F _cbpftool cbpftool
