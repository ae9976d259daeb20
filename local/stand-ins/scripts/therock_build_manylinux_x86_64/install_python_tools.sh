#!/bin/sh
# Stands in for Python's tools: records which ones the image was to have.
set -eu

mkdir -p /opt/slipway
cat >/opt/slipway/install_python_tools <<EOF
$(cat "$1")
EOF
