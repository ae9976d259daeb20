#!/usr/bin/env bash
# CMake, Ninja and patchelf, for every accelerator; from AlmaLinux's and EPEL's signed packages.
set -euo pipefail

dnf -y install --setopt=install_weak_deps=False --enablerepo=powertools \
  cmake ninja-build patchelf
cmake --version
patchelf --version

dnf clean all
rm -rf /var/cache/dnf /var/cache/yum
