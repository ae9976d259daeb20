#!/usr/bin/env bash
# The user that tests run as: may use the GPU, and by sudo only what test jobs need.
set -euo pipefail

# The group of /dev/dri/renderD* on the test machines.
if ! getent group render >/dev/null; then
  groupadd --gid 109 render
fi
useradd --create-home --user-group --shell /bin/bash tester
usermod --append --groups render,video tester

# apt-get installs packages under test; tee, mkdir and chmod add their repository and key; dmesg shows GPU faults.
cat >/etc/sudoers.d/tester <<'EOF'
tester ALL=(ALL) NOPASSWD: /usr/bin/apt-get, /usr/bin/apt, /usr/bin/tee, /usr/bin/mkdir, /usr/bin/chmod, /usr/bin/dmesg
EOF
chmod 0440 /etc/sudoers.d/tester
visudo --check --quiet
