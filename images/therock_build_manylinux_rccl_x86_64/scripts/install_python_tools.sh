#!/usr/bin/env bash
# Tools from Python packages, each by version and SHA-256.
set -euo pipefail

requirements="${1:?a requirements file}"

# What packages without a wheel are built with has to be there first: left to itself, pip would fetch it unchecked.
for names in '^(setuptools|wheel|packaging)==' '^[A-Za-z]'; do
  grep -E "${names}" "${requirements}" |
    python -m pip install --no-cache-dir --no-deps --no-build-isolation --require-hashes --requirement /dev/stdin
done
cmake --version
meson --version
