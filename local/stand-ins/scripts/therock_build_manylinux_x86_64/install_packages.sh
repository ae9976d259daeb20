#!/bin/sh
# Stands in for AlmaLinux's packages: records that they were to be installed.
set -eu

mkdir -p /opt/slipway
cat >/opt/slipway/install_packages <<EOF
packages
EOF
