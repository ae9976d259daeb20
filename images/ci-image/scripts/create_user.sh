#!/usr/bin/env bash
# The user that jobs run as. Its number is that of the user who owns the mounted checkout on a runner.
set -euo pipefail

# Ubuntu images from 24.04 on come with a user of that number.
if getent passwd ubuntu >/dev/null; then
  userdel --remove ubuntu
fi
groupadd --gid 1000 jenkins
useradd --uid 1000 --gid 1000 --create-home --home-dir /var/lib/jenkins --shell /bin/bash jenkins
usermod --append --groups video jenkins
echo 'jenkins ALL=(ALL) NOPASSWD:ALL' >/etc/sudoers.d/jenkins
chmod 0440 /etc/sudoers.d/jenkins
visudo --check --quiet
chown -R jenkins:jenkins /opt/venv
