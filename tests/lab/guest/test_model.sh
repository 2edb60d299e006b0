#!/bin/bash
# The reference bridge and this kernel's, on generated scenarios, with VLANs.
ROUNDS=${ROUNDS:-10} exec "$(dirname "$0")/../../net/test_model.sh"
