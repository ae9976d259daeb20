#!/bin/sh
# Stands in for ROCm: records which one the image was to have.
set -eu

: "${PYTORCH_ROCM_ARCH:?e.g. gfx90a;gfx942}"

mkdir -p /opt/slipway
cat >/opt/slipway/install_rocm <<EOF
ROCM_VERSION=${ROCM_VERSION}
EOF

# What the image's contract asks for: a program that does nothing.
printf '#!/bin/sh\n' >/usr/bin/hipcc
chmod 755 /usr/bin/hipcc
