#!/usr/bin/env bash
# Builds the compiler with the address and undefined behaviour sanitizers (in build-sanitize/) and runs the tests on it.
# usage: tools/sanitize.sh [LIT ARGUMENTS...]
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh
# LLVM's own libraries are not instrumented: containers that cross the border would look overflown, and arenas that our
# code poisoned are used by theirs.
export ASAN_OPTIONS=detect_container_overflow=0:allow_user_poisoning=0:detect_leaks=0:abort_on_error=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR=$PWD
if [ ! -f build-sanitize/build.ninja ]; then
  launcher=()
  if command -v ccache >/dev/null; then launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  cmake --preset sanitize "${launcher[@]}"
fi
ninja -C build-sanitize winnow-test-depends
lit=$(ls /usr/lib/llvm-22/bin/lit 2>/dev/null || command -v lit)
"$lit" -sv --timeout 900 "$@" build-sanitize/test
