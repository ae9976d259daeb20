#!/usr/bin/env bash
# Tools of the tests from Ubuntu's signed packages; no ROCm and no development packages.
set -euo pipefail

apt-get update
apt-get -y upgrade
apt-get -y install --no-install-recommends \
  ca-certificates clang cmake curl git git-lfs jq libgfortran5 lld llvm ninja-build psmisc \
  python3-setuptools python3-venv python3-wheel sudo unzip valgrind wget zip

# Packages that the tests install must be the only ROCm in the image.
if [[ -e /opt/rocm ]] || dpkg-query --show 'rocm-core*' >/dev/null 2>&1; then
  echo "This image must not hold ROCm" >&2
  exit 1
fi

apt-get clean
rm -rf /var/lib/apt/lists/*
