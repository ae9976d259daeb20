#!/bin/sh
# Stands in for Open MPI: the image copies its folder from the stage that builds it.
set -eu

mkdir -p /opt/openmpi/bin
echo 'Open MPI' >/opt/openmpi/stand-in
# What the image's contract asks for: a program that does nothing.
printf '#!/bin/sh\n' >/opt/openmpi/bin/mpirun
chmod 755 /opt/openmpi/bin/mpirun
