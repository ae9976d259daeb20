#!/usr/bin/env bash
# ROCm from AMD's signed repository, whose key is accepted by its fingerprint only.
set -euo pipefail

: "${ROCM_VERSION:?e.g. 7.0}"

readonly repositories=https://repo.radeon.com
# https://rocm.docs.amd.com/projects/install-on-linux/en/latest/install/install-methods/package-manager/package-manager-ubuntu.html
readonly fingerprint=CA8BB4727A47B4D09B4EE8969386B48A1A693C5C

work="$(mktemp -d)"
trap 'rm -rf "${work}"' EXIT

curl --fail --silent --show-error --location --proto '=https' --retry 5 \
  --output "${work}/rocm.key" "${repositories}/rocm/rocm.gpg.key"
found="$(gpg --homedir "${work}" --batch --with-colons --show-keys "${work}/rocm.key" | awk -F: '$1 == "fpr" { print $10; exit }')"
if [[ "${found}" != "${fingerprint}" ]]; then
  echo "The key of ${repositories} has fingerprint ${found}, not ${fingerprint}" >&2
  exit 1
fi
install -d -m 0755 /etc/apt/keyrings
gpg --homedir "${work}" --batch --yes --dearmor --output /etc/apt/keyrings/rocm.gpg "${work}/rocm.key"
chmod 0644 /etc/apt/keyrings/rocm.gpg

# shellcheck source=/dev/null
codename="$(. /etc/os-release && echo "${VERSION_CODENAME}")"
cat >/etc/apt/sources.list.d/rocm.list <<EOF
deb [arch=amd64 signed-by=/etc/apt/keyrings/rocm.gpg] ${repositories}/rocm/apt/${ROCM_VERSION} ${codename} main
deb [arch=amd64 signed-by=/etc/apt/keyrings/rocm.gpg] ${repositories}/graphics/${ROCM_VERSION}/ubuntu ${codename} main
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

found="$(cat /opt/rocm/.info/version)"
if [[ "${found}" != "${ROCM_VERSION}"* ]]; then
  echo "Installed ROCm ${found}, not ${ROCM_VERSION}" >&2
  exit 1
fi

apt-get clean
rm -rf /var/lib/apt/lists/*
