#!/usr/bin/env bash
# Builds targets of the release preset (default: the tools) in build/, with what setup.sh installed; a second build of
# the same sources takes a second.
# usage: tools/build.sh [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/.."

targets=("$@")
[ "${#targets[@]}" -gt 0 ] || targets=(winnowc winnow-run winnow-opt)

# Precompiled headers carry times, which ccache must be told to look past.
export CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR=$PWD
if [ ! -f build/build.ninja ]; then
  launcher=()
  if command -v ccache >/dev/null; then launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  echo "build: configuring build/" >&2
  mkdir -p build
  cmake --preset release "${launcher[@]}" > build/configure.log 2>&1 || { cat build/configure.log >&2; exit 1; }
fi
ninja -C build "${targets[@]}" >&2
