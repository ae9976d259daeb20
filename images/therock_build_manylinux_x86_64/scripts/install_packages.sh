#!/usr/bin/env bash
# GCC 13 in place of the base's newer one, which cannot build ROCm's LLVM yet, and development tools. No development
# packages of libraries: see the Dockerfile.
set -euo pipefail

dnf -y install epel-release
dnf -y remove 'gcc-toolset-*'
dnf -y install --setopt=install_weak_deps=False \
  gcc-toolset-13-binutils gcc-toolset-13-gcc gcc-toolset-13-gcc-c++ gcc-toolset-13-gcc-gfortran \
  gcc-toolset-13-libatomic-devel gcc-toolset-13-libstdc++-devel \
  flex git-lfs patchelf texinfo vim-common

# Checkouts are mounted from hosts where another user owns them.
git config --system --add safe.directory '*'

dnf clean all
rm -rf /var/cache/dnf /var/cache/yum
