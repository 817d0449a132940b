#!/usr/bin/env bash
# Builds the compiler with the thread sanitizer (in build-tsan/) and compiles eight models at once with it.
# usage: tools/tsan.sh [GOOGLE TEST ARGUMENTS...]
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh
export CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR=$PWD
if [ ! -f build-tsan/build.ninja ]; then
  launcher=()
  if command -v ccache >/dev/null; then launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  cmake --preset tsan "${launcher[@]}"
fi
ninja -C build-tsan DriverTests
# A report is an exit code of 66. Nothing is suppressed: LLVM's own libraries are not instrumented, and their locks are seen.
export TSAN_OPTIONS=second_deadlock_stack=1
export WINNOW_CACHE=$PWD/build-tsan/test/cache
build-tsan/test/Unit/DriverTests "$@"
