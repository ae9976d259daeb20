#!/bin/sh
# Stands in for Python: records which one the image was to have.
set -eu

mkdir -p /opt/slipway
cat >/opt/slipway/install_python <<EOF
PYTHON_VERSION=${PYTHON_VERSION}
EOF

# What the image's contract asks for: a program that does nothing.
printf '#!/bin/sh\n' >/usr/bin/python
chmod 755 /usr/bin/python
