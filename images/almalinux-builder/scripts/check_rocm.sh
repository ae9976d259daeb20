#!/usr/bin/env bash
# ROCm comes with the base image. This holds that it is the version that the image is named after, and makes its
# libraries known to the loader.
set -euo pipefail

: "${ROCM_VERSION:?e.g. 7.0}"

found="$(cat /opt/rocm/.info/version)"
if [[ "${found}" != "${ROCM_VERSION}" && "${found}" != "${ROCM_VERSION}".* ]]; then
  echo "The base image has ROCm ${found}, and the accelerator asks for ${ROCM_VERSION}" >&2
  exit 1
fi
echo /opt/rocm/lib >/etc/ld.so.conf.d/rocm.conf
ldconfig
