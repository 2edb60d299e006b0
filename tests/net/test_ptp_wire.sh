#!/bin/bash
# Over a cable: what ptpsend says that it sent is what ptpsniff says that it received, in every encapsulation, through
# the kernel's filter and with the VLAN tags that the kernel takes out and ptpsniff puts back.
. "$(dirname "$0")/lib.sh"
need_root

ns a b
veth a pa b pb
nsip a addr add 10.9.0.1/24 dev pa

# What both lines have behind time, clock, interface and direction.
said() { sed -E 's/^[^ ]+ [^ ]+ [^ ]+ (out )?//' "$1"; }
received() { [ "$(wc -l <"$T/received")" -ge "$1" ]; }

while IFS='|' read -r what sniff options; do
	# shellcheck disable=SC2086 # lists of options
	bg SNIFF at b "$BIN/ptpsniff" -i pb $sniff >"$T/received" 2>"$T/err"
	poll 10 grep -q 'listening on pb' "$T/err" || { not_ok "$what: ptpsniff listens"; cat "$T/err"; continue; }
	# shellcheck disable=SC2086
	at a timeout 20 "$BIN/ptpsend" -i pa -m all -n 2 -r 20 $options >"$T/sent" 2>/dev/null
	poll 10 received 20
	kill "$SNIFF"
	wait "$SNIFF"
	equal "$what: all that was sent is received" "$(said "$T/sent")" "$(said "$T/received")"
	equal "$what: twenty frames" 20 "$(wc -l <"$T/received")"
done <<'EOF'
Ethernet||
PTP 2.1||--ptp-version 2.1 --sdo-id 0x234 -d 24 --correction -1.5
802.1AS||--802.1as
802.1Q||--vlan 10:5
priority tag with DEI||--vlan 0:7:dei
802.1ad||--qinq 100:3
802.1ad and 802.1Q||--vlan 10:5 --qinq 100:3
EDSA||--edsa to-cpu,port=3,vid=10
EDSA, tagged||--edsa forward,device=1,port=2,tagged --vlan 300:6
EDSA around 802.1Q||--edsa forward,port=3,vid=10 --vlan 10:5
EDSA of another EtherType|--edsa-ethertype 0x9999|--edsa forward,port=3,vid=10 --edsa-ethertype 0x9999
DSA|--tagger dsa|--dsa from-cpu,device=0,port=3
DSA, mirrored|--tagger dsa|--dsa to-sniffer,device=3,port=31,ingress,vid=4095,priority=7
UDPv4||--transport udp4
UDPv6||--transport udp6
UDPv4 in 802.1Q||--transport udp4 --vlan 10:5
UDPv6 in 802.1ad and 802.1Q||--transport udp6 --vlan 10:5 --qinq 100:3
UDPv4 in EDSA||--transport udp4 --edsa forward,port=3,vid=10
UDPv6 in EDSA around 802.1Q||--transport udp6 --edsa forward,port=3,vid=10 --vlan 10:5
UDPv4 in DSA|--tagger dsa|--transport udp4 --dsa to-cpu,port=3
EOF
finish
