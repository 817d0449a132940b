#!/usr/bin/env bash
# Installs what building and testing Winnow needs and this machine lacks: Debian packages and a Python environment in
# .venv. Does nothing where all is there. Options: --build-only leaves the Python environment out.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  # The compiler's foundation, and the tools to build it.
  llvm-22-dev libmlir-22-dev mlir-22-tools liblld-22-dev lld-22 llvm-22-tools clang-22 clang-format-22 clang-tidy-22
  libprotobuf-dev protobuf-compiler cmake ninja-build ccache
  # What LLVM's own CMake files ask for.
  zlib1g-dev libzstd-dev libedit-dev libcurl4-openssl-dev libxml2-dev libffi-dev
  # Pictures as inputs and calibration data; linear algebra of compression.
  libpng-dev libjpeg-dev libeigen3-dev
  # Tests.
  libgtest-dev libclang-rt-22-dev valgrind libc6-dbg binutils python3 python3-psutil python3-venv
)

fail() { echo "setup: $*" >&2; exit 1; }

# Packages of the list that are not installed.
missing_packages() {
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' "${packages[@]}" 2>/dev/null |
    sed -n 's/^ii *//p' || true)
  printf '%s\n' "${packages[@]}" | grep -vxF "$installed" || true
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else fail "the packages above must be installed by root, and there is no sudo"
  fi
}

install_packages() {
  command -v apt-get >/dev/null || fail "expected a Debian system with apt; elsewhere, install: ${packages[*]}"
  local missing
  mapfile -t missing < <(missing_packages)
  [ "${#missing[@]}" -gt 0 ] || return 0
  echo "setup: installing ${missing[*]}" >&2
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    >&2 || fail "apt-get could not install them; LLVM 22 is in Debian 12's security and updates suites: are they enabled?"
}

install_python() {
  local stamp=.venv/winnow-requirements wanted
  wanted=$(cat tools/requirements.txt)
  [ -x .venv/bin/python ] && [ "$(cat $stamp 2>/dev/null)" = "$wanted" ] && return 0
  echo "setup: installing Python packages into .venv" >&2
  [ -x .venv/bin/python ] || python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r tools/requirements.txt >&2 ||
    fail "pip could not install tools/requirements.txt"
  printf '%s\n' "$wanted" > $stamp
}

install_packages
[ "${1:-}" = --build-only ] || install_python
