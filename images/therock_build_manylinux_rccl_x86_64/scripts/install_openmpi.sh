#!/usr/bin/env bash
# Open MPI from its source, by SHA-256, into /opt/openmpi.
set -euo pipefail

readonly version=5.0.8
readonly sha256=53131e1a57e7270f645707f8b0b65ba56048f5b5ac3f68faabed3eb0d710e449

work="$(mktemp -d)"
trap 'rm -rf "${work}"' EXIT
cd "${work}"

curl --fail --silent --show-error --location --proto '=https' --retry 5 --output openmpi.tar.bz2 \
  "https://download.open-mpi.org/release/open-mpi/v${version%.*}/openmpi-${version}.tar.bz2"
echo "${sha256}  openmpi.tar.bz2" | sha256sum --check --strict
tar -xf openmpi.tar.bz2 --strip-components=1
./configure --prefix=/opt/openmpi --disable-mpi-fortran --with-hwloc=external --with-libevent=external
make -j "$(nproc)"
make install
/opt/openmpi/bin/ompi_info --version
