#!/usr/bin/env bash
# Sets up, builds everything and runs every test. Ends with one line: N passed, N failed, N skipped.
# usage: tools/test.sh [--slow]      --slow adds the large numeric grids
set -euo pipefail
cd "$(dirname "$0")/.."

slow=0
[ "${1:-}" != --slow ] || slow=1

tools/setup.sh
tools/build.sh all winnow-test-depends

result=build/test-result.json
rm -f $result
status=0
lit=$(ls /usr/lib/llvm-22/bin/lit 2>/dev/null || command -v lit)
"$lit" -sv --timeout 600 --param slow=$slow --output $result build/test || status=$?
[ -f $result ] || { echo "test: lit wrote no results" >&2; exit 1; }
python3 tools/count_results.py $result
exit $status
