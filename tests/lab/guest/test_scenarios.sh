#!/bin/bash
# The scenarios that need VLAN filtering: model, kernel, XDP and accelerated bridge agree.
SCENARIOS="vlan-*" exec "$(dirname "$0")/../../net/test_scenarios.sh"
