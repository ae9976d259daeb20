#!/usr/bin/env bash
# Compilers and tools from Ubuntu's signed packages.
set -euo pipefail

apt-get update
apt-get -y upgrade
apt-get -y install --no-install-recommends \
  build-essential ca-certificates ccache cmake curl file gdb gfortran git gnupg jq \
  libc++1 libc++abi1 libgl1 libjpeg-dev libopenblas-dev libpng-dev libssl-dev libtool \
  ninja-build pkg-config sqlite3 sudo unzip vim wget xz-utils zip zlib1g-dev

# Checkouts are mounted from hosts where another user owns them.
git config --system --add safe.directory '*'

apt-get clean
rm -rf /var/lib/apt/lists/*
