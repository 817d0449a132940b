#!/usr/bin/env bash
# From a fresh clone to a right answer: installs what is missing, builds the compiler, compiles a small trained network
# to a native shared library and runs it on a handwritten digit.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*" >&2; }

step "1/4 What Winnow needs"
tools/setup.sh

step "2/4 Building the compiler (minutes the first time)"
tools/build.sh winnowc winnow-run

demo=build/demo
mkdir -p $demo
step "3/4 winnowc test/Models/digits_cnn.onnx -o $demo/digits_cnn.so"
build/bin/winnowc test/Models/digits_cnn.onnx -o $demo/digits_cnn.so

step "4/4 winnow-run $demo/digits_cnn.so --input test/Models/digit_7.npy --output $demo"
build/bin/winnow-run $demo/digits_cnn.so --input test/Models/digit_7.npy --output $demo >&2
.venv/bin/python tools/show_digit.py test/Models/digit_7.npy $demo/output_0.npy --expected 7

cat <<'END'

Next:  tools/test.sh                                        all tests
       build/bin/winnowc MODEL.onnx -o MODEL.so             a network of your own
       build/bin/winnow-run MODEL.so --input PICTURE.png    and its answer
Read docs/getting-started.md for more.
END
