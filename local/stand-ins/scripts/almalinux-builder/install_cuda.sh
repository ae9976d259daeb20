#!/bin/sh
# Stands in for CUDA and its libraries: records which ones the image was to have.
set -eu

mkdir -p /opt/slipway
cat >/opt/slipway/install_cuda <<EOF
CUDA_VERSION=${CUDA_VERSION}
CUDNN_VERSION=${CUDNN_VERSION}
CUSPARSELT_VERSION=${CUSPARSELT_VERSION}
NVSHMEM_VERSION=${NVSHMEM_VERSION}
EOF
