#!/usr/bin/env bash
# What the benchmark suites need beside PyTorch itself: audio and video libraries for their data sets.
set -euo pipefail

apt-get update
apt-get -y install --no-install-recommends ffmpeg libsndfile1 libsox-dev numactl

apt-get clean
rm -rf /var/lib/apt/lists/*
