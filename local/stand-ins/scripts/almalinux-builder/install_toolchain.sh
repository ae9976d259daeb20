#!/bin/sh
# Stands in for the compiler: records which one the image was to have.
set -eu

mkdir -p /opt/slipway
cat >/opt/slipway/install_toolchain <<EOF
DEVTOOLSET_VERSION=${DEVTOOLSET_VERSION}
EOF
