#!/usr/bin/env bash
# The release's own Python, with a virtual environment that jobs install into.
set -euo pipefail

: "${PYTHON_VERSION:?e.g. 3.12}"

apt-get update
apt-get -y install --no-install-recommends \
  "python${PYTHON_VERSION}" "python${PYTHON_VERSION}-dev" "python${PYTHON_VERSION}-venv"

"python${PYTHON_VERSION}" -m venv /opt/venv
/opt/venv/bin/python --version | grep -F "Python ${PYTHON_VERSION}."

apt-get clean
rm -rf /var/lib/apt/lists/*
