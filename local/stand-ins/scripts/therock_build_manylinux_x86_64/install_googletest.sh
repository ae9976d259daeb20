#!/bin/sh
# Stands in for GoogleTest: records that it was to be installed.
set -eu

mkdir -p /opt/slipway
cat >/opt/slipway/install_googletest <<EOF
GoogleTest
EOF
