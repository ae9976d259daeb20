#!/bin/sh
# Stands in for what benchmarks need: records that it was to be installed.
set -eu

mkdir -p /opt/slipway
cat >/opt/slipway/install_benchmarks <<EOF
benchmarks
EOF
