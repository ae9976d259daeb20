#!/usr/bin/env bash
# ROCm comes with the base image. This holds that it is the version that the image is named after, and makes its
# libraries known to the loader.
set -euo pipefail

: "${ROCM_VERSION:?e.g. 7.0}"
: "${PYTORCH_ROCM_ARCH:?e.g. gfx90a;gfx942}"

check_version() {
  local found
  found="$(cat /opt/rocm/.info/version)"
  # 7.1 is 7.1 or 7.1.x, and not 7.10.
  if [[ "${found}" != "${ROCM_VERSION}" && "${found}" != "${ROCM_VERSION}".* ]]; then
    echo "/opt/rocm is ROCm ${found}, and the image asks for ${ROCM_VERSION}" >&2
    exit 1
  fi
}

check_version
echo /opt/rocm/lib >/etc/ld.so.conf.d/rocm.conf
ldconfig
