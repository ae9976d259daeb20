#!/usr/bin/env bash
# ROCm from AMD's signed repository, whose key is accepted by its fingerprint only.
set -euo pipefail

: "${ROCM_VERSION:?e.g. 7.0}"
: "${PYTORCH_ROCM_ARCH:?e.g. gfx90a;gfx942}"

readonly repositories=https://repo.radeon.com
readonly key_url="${repositories}/rocm/rocm.gpg.key"
# https://rocm.docs.amd.com/projects/install-on-linux/en/latest/install/install-methods/package-manager/package-manager-ubuntu.html
readonly fingerprint=CA8BB4727A47B4D09B4EE8969386B48A1A693C5C
readonly trusted=/etc/apt/keyrings/rocm.gpg

work="$(mktemp -d)"
trap 'rm -rf "${work}"' EXIT

# The key must be alone in its file, as every key there would be trusted; and only what gpg took for that key is handed on.
import_key() {
  local key="${work}/key" keyring="${work}/keyring.gpg" found
  curl --fail --silent --show-error --location --proto '=https' --retry 5 \
    --output "${key}" "${key_url}"
  found="$(gpg --homedir "${work}" --batch --with-colons --show-keys "${key}" |
    awk -F: '$1 == "pub" || $1 == "sec" { primary = 1 } $1 == "fpr" && primary { print $10; primary = 0 }')"
  if [[ "${found}" != "${fingerprint}" ]]; then
    echo "${key_url} must hold one key, ${fingerprint}, and holds: ${found//$'\n'/, }" >&2
    exit 1
  fi
  gpg --homedir "${work}" --batch --quiet --no-default-keyring --keyring "${keyring}" --import "${key}"
  gpg --homedir "${work}" --batch --no-default-keyring --keyring "${keyring}" \
    --export "${fingerprint}" >"${trusted}"
  chmod 0644 "${trusted}"
}

check_version() {
  local found
  found="$(cat /opt/rocm/.info/version)"
  # 7.1 is 7.1 or 7.1.x, and not 7.10.
  if [[ "${found}" != "${ROCM_VERSION}" && "${found}" != "${ROCM_VERSION}".* ]]; then
    echo "/opt/rocm is ROCm ${found}, and the image asks for ${ROCM_VERSION}" >&2
    exit 1
  fi
}

install -d -m 0755 /etc/apt/keyrings
import_key

# shellcheck source=/dev/null
codename="$(. /etc/os-release && echo "${VERSION_CODENAME}")"
cat >/etc/apt/sources.list.d/rocm.list <<EOF
deb [arch=amd64 signed-by=${trusted}] ${repositories}/rocm/apt/${ROCM_VERSION} ${codename} main
deb [arch=amd64 signed-by=${trusted}] ${repositories}/graphics/${ROCM_VERSION}/ubuntu ${codename} main
EOF
# Ubuntu packages parts of ROCm too, in other versions.
cat >/etc/apt/preferences.d/rocm <<EOF
Package: *
Pin: release o=repo.radeon.com
Pin-Priority: 600
EOF

apt-get update
apt-get -y install --no-install-recommends \
  amd-smi-lib rccl rocm-dev rocm-libs rocm-llvm-dev rocm-utils rocprofiler-dev roctracer-dev

# Precompiled MIOpen kernels have one package for each GPU architecture.
mapfile -t kernels < <(apt-cache search --names-only '^miopen-hip-gfx' | awk '$1 !~ /\./ { print $1 }')
if [[ "${#kernels[@]}" -eq 0 ]]; then
  echo "ROCm ${ROCM_VERSION} has no packages miopen-hip-gfx*" >&2
  exit 1
fi
apt-get -y install --no-install-recommends "${kernels[@]}"

check_version

apt-get clean
rm -rf /var/lib/apt/lists/*
