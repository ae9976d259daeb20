#!/usr/bin/env bash
# GoogleTest from its source, by SHA-256, built with the image's own compiler.
set -euo pipefail

readonly version=1.16.0
readonly sha256=78c676fc63881529bf97bf9d45948d905a66833fbfa5318ea2cd7478cb98f399

work="$(mktemp -d)"
trap 'rm -rf "${work}"' EXIT
cd "${work}"

curl --fail --silent --show-error --location --proto '=https' --retry 5 --output googletest.tar.gz \
  "https://github.com/google/googletest/releases/download/v${version}/googletest-${version}.tar.gz"
echo "${sha256}  googletest.tar.gz" | sha256sum --check --strict
tar -xf googletest.tar.gz --strip-components=1
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr/local
cmake --build build
cmake --install build
