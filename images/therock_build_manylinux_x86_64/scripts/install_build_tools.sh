#!/usr/bin/env bash
# Ninja and ccache from their projects' releases, each by SHA-256.
set -euo pipefail

readonly ninja_version=1.12.1
readonly ninja_sha256=6f98805688d19672bd699fbbfa2c2cf0fc054ac3df1f0e6a47664d963d530255
readonly ccache_version=4.11.2
readonly ccache_sha256=c97655c75e1e7137d9bc9a9c854220fcbe14f1d7224c64a18c43c70195567ccb

work="$(mktemp -d)"
trap 'rm -rf "${work}"' EXIT
cd "${work}"

# download URL SHA256 FILE
download() {
  curl --fail --silent --show-error --location --proto '=https' --retry 5 --output "$3" "$1"
  echo "$2  $3" | sha256sum --check --strict
}

download "https://github.com/ninja-build/ninja/releases/download/v${ninja_version}/ninja-linux.zip" \
  "${ninja_sha256}" ninja.zip
python -m zipfile --extract ninja.zip .
install -m 0755 ninja /usr/local/bin/ninja

archive="ccache-${ccache_version}-linux-x86_64"
download "https://github.com/ccache/ccache/releases/download/v${ccache_version}/${archive}.tar.xz" \
  "${ccache_sha256}" ccache.tar.xz
tar -xf ccache.tar.xz
install -m 0755 "${archive}/ccache" /usr/local/bin/ccache

ninja --version
ccache --version
