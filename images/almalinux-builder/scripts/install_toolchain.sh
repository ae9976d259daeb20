#!/usr/bin/env bash
# Compiler, locale and what every build of PyTorch's binaries calls, from AlmaLinux's and EPEL's signed packages.
set -euo pipefail

: "${DEVTOOLSET_VERSION:?the version of gcc-toolset, e.g. 13}"
toolset="gcc-toolset-${DEVTOOLSET_VERSION}"

dnf -y upgrade --refresh
dnf -y install epel-release
dnf -y install --setopt=install_weak_deps=False \
  glibc-langpack-en \
  "${toolset}-gcc" "${toolset}-gcc-c++" "${toolset}-gcc-gfortran" "${toolset}-gdb" \
  autoconf automake bzip2 curl gawk git gnupg2 make openssl-devel patch perl python3.12 python3.12-pip \
  sudo tar util-linux wget which xz yum-utils zlib-devel

# Checkouts are mounted from hosts where another user owns them.
git config --system --add safe.directory '*'

dnf clean all
rm -rf /var/cache/dnf /var/cache/yum
