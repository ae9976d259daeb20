#!/usr/bin/env bash
# CUDA toolkit from NVIDIA's signed repository; cuDNN, NVSHMEM and cuSPARSELt from NVIDIA's redistributable archives.
#
# The repository's key is accepted by its fingerprint only. An archive must have the SHA-256 that the manifest of its
# release gives, which proves a whole download, not its origin: for that it stands on HTTPS.
set -euo pipefail

: "${CUDA_VERSION:?with its patch level, e.g. 12.8.1}"
: "${CUDNN_VERSION:?e.g. 9.8.0.87}"
: "${CUSPARSELT_VERSION:?e.g. 0.7.1}"
: "${NVSHMEM_VERSION:?e.g. 3.4.5}"

readonly downloads=https://developer.download.nvidia.com/compute
readonly repository="${downloads}/cuda/repos/rhel8/x86_64"
readonly key_url="${repository}/D42D0685.pub"
# https://github.com/NVIDIA/cuda-repo-management names the key D42D0685 for rhel8.
readonly fingerprint=610C7B14E068A878070DA4E99CD0A493D42D0685

release="${CUDA_VERSION%.*}"
major="${CUDA_VERSION%%.*}"
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
    --export --armor "${fingerprint}" >"${work}/alone.pub"
  rpm --import "${work}/alone.pub"
}

install_toolkit() {
  cat >/etc/yum.repos.d/cuda.repo <<EOF
[cuda]
name=NVIDIA CUDA
baseurl=${repository}
enabled=1
gpgcheck=1
EOF
  dnf -y install --setopt=install_weak_deps=False "cuda-toolkit-${release//./-}-${CUDA_VERSION}-1"
  ln -sfn "/usr/local/cuda-${release}" /usr/local/cuda
}

# install_archive PRODUCT COMPONENT MANIFEST_VERSION: headers and libraries of one release into /usr/local/cuda.
install_archive() {
  local product="$1" component="$2" version="$3"
  local base="${downloads}/${product}/redist"
  local manifest="${work}/${product}.json" archive="${work}/${product}.tar.xz" path sum
  curl --fail --silent --show-error --location --proto '=https' --retry 5 \
    --output "${manifest}" "${base}/redistrib_${version}.json"
  read -r path sum < <(python3.12 - "${manifest}" "${component}" "${major}" <<'EOF'
import json
import sys

manifest, component, major = sys.argv[1:]
with open(manifest, encoding="utf-8") as file:
    platform = json.load(file)[component]["linux-x86_64"]
# Releases for more than one CUDA have one archive for each.
archive = platform if "relative_path" in platform else platform[f"cuda{major}"]
print(archive["relative_path"], archive["sha256"])
EOF
  )
  curl --fail --silent --show-error --location --proto '=https' --retry 5 \
    --output "${archive}" "${base}/${path}"
  echo "${sum}  ${archive}" | sha256sum --check --strict
  mkdir "${work}/${product}"
  tar -xf "${archive}" -C "${work}/${product}" --strip-components=1
  cp -a "${work}/${product}/include/." /usr/local/cuda/include/
  cp -a "${work}/${product}/lib/." /usr/local/cuda/lib64/
  rm -rf "${archive}" "${work:?}/${product}"
}

import_key
install_toolkit
install_archive cudnn cudnn "${CUDNN_VERSION%.*}"
install_archive nvshmem libnvshmem "${NVSHMEM_VERSION}"
install_archive cusparselt libcusparse_lt "${CUSPARSELT_VERSION}"
echo /usr/local/cuda/lib64 >/etc/ld.so.conf.d/cuda.conf
ldconfig

# The image is named after its CUDA release: it must be the one that compiles.
/usr/local/cuda/bin/nvcc --version | grep -F "release ${release},"

dnf clean all
rm -rf /var/cache/dnf
