#!/bin/sh
# Stands in for the check of the base's ROCm: records what it was to be.
set -eu

: "${PYTORCH_ROCM_ARCH:?e.g. gfx90a;gfx942}"

mkdir -p /opt/slipway
cat >/opt/slipway/check_rocm <<EOF
ROCM_VERSION=${ROCM_VERSION}
EOF
