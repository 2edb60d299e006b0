#!/bin/bash
# ptp.sh PTPSEND FOLDER : makes the PTP captures of pcaps/ (README.md there lists them). The same bytes every time:
# ptpsend's start time and its random numbers are fixed.
set -eu
ptpsend=$1 dir=$2
capture() { local name=$1; shift; "$ptpsend" -q -w "$dir/$name" "$@"; }

all=(-m all -n 3)
capture ptp.pcap "${all[@]}"
capture ptp.pcapng "${all[@]}"
capture ptp-one-step.pcap "${all[@]}" --one-step
capture ptp-2.1.pcap "${all[@]}" --ptp-version 2.1 --sdo-id 0x234 --domain 24 --correction -1.5 --timescale ptp
capture ptp-gptp.pcap -m p2p,signaling -n 3 --802.1as --rate 8
capture ptp-vlan.pcap "${all[@]}" --vlan 10:5
capture ptp-qinq.pcap "${all[@]}" --vlan 10:5 --qinq 100:3
capture ptp-dsa.pcap "${all[@]}" --dsa to-cpu,device=0,port=3,vid=10,priority=6
capture ptp-edsa.pcap "${all[@]}" --edsa to-cpu,device=0,port=3,vid=10,priority=6
capture ptp-edsa-linktype.pcap "${all[@]}" --edsa forward,device=1,port=2,vid=300 --linktype 285
capture ptp-edsa-vlan.pcap "${all[@]}" --vlan 10:5 --edsa forward,device=0,port=3,vid=10
capture ptp-edsa-tagged.pcap "${all[@]}" --vlan 10:5 --edsa forward,device=0,port=3,tagged
capture ptp-udp4.pcap "${all[@]}" --transport udp4
capture ptp-udp6.pcap "${all[@]}" --transport udp6
capture ptp-udp4-vlan.pcap "${all[@]}" --transport udp4 --vlan 10:5
capture ptp-udp6-qinq.pcap "${all[@]}" --transport udp6 --vlan 10:5 --qinq 100:3
capture ptp-dsa-udp4.pcap "${all[@]}" --transport udp4 --dsa from-cpu,device=0,port=3
capture ptp-edsa-udp4.pcap "${all[@]}" --transport udp4 --edsa forward,device=0,port=3,vid=10
capture ptp-edsa-udp6.pcap "${all[@]}" --transport udp6 --edsa forward,device=0,port=3,vid=10
capture ptp-errors.pcap -m e2e -n 40 --rate 8 --drift 2000 --jitter 100 --lateness 500 --loss 5 --duplicate 5 --reorder 5 --jump 4
