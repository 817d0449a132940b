// RUN: rm -rf %t && mkdir -p %t
// RUN: winnowc %s -o %t/m.so --target=x86-64-v3 --report --progress 2> %t/progress.txt | FileCheck %s --check-prefix=TEXT
// RUN: FileCheck %s --check-prefix=PROGRESS --input-file=%t/progress.txt
// RUN: winnowc %s -o %t/m.so --target=x86-64-v3 --report=%t/r.json && FileCheck %s --check-prefix=JSON --input-file=%t/r.json
// RUN: winnowc %s -o %t/m.so --target=x86-64-v3 --report=%t/r.html && FileCheck %s --check-prefix=HTML --input-file=%t/r.html
// RUN: winnowc %s -o %t/m.so --target=x86-64-v3 --algorithm=generic --report=%t/f.json
// RUN: FileCheck %s --check-prefix=FORCED --input-file=%t/f.json
// RUN: not winnowc %s -o %t/m.so --report=%t/none/r.json 2>&1 | FileCheck %s --check-prefix=ERROR
// What only reports need is not in IR for readers.
// RUN: winnowc %s -o %t/m.mlir --target=x86-64-v3 --compile-to=memory && not grep -E "winnow.(predicted|arena_plan)" %t/m.mlir

// TEXT: layer {{ *}}op {{ *}}result {{ *}}algorithm {{ *}}MACs {{ *}}weight bytes {{ *}}kcycles
// TEXT: a<b {{ *}}convolution {{ *}}1x16x8x8xf32 {{ *}}{{[a-z_]+}} {{ *}}147,456 {{ *}}9,216
// TEXT: model small for {{.*}}: {{[0-9]+}} layers, 147,456 MACs, 9,216 bytes of weights
// TEXT: arena {{.*}} bytes
// TEXT: mJ estimated: energy = MACs x (multiplication + addition)
// TEXT: ISSCC 2014
// TEXT: kernel {{.*}} s
// PROGRESS: [1/10] import
// PROGRESS: [10/10] link

// Weights are read once from memory as they are stored: 16 numbers of each of 256 kernels transformed for Winograd,
// 16384 / 8 * 1300 pJ; 147456 multiply-accumulates of 4.6 pJ.
// JSON: "arena": {
// JSON: "buffers": [
// JSON: "bytes": {{[0-9]+}}
// JSON: "steps": [
// JSON: "layers": [
// JSON: "candidates": [
// JSON: "chosen": true
// JSON-NEXT: "cycles": {{[0-9.]+}}
// JSON: "chosen": false
// JSON: "name": "depthwise"
// JSON-NEXT: "obstacle": "there is more than one channel a group"
// JSON: "arithmetic": 678297.
// JSON: "memory": 2662400
// JSON: "inputs": "1x16x8x8xf32, 16x16x3x3xf32"
// JSON: "measured_us": null
// JSON: "name": "a<b"
// JSON: "predicted_by": "model"
// JSON: "shape": "1x16x8x8xf32"
// JSON: "stored_bytes": 16384
// JSON: "why": "least predicted time
// JSON: "version": 1
// FORCED: "why": "asked for: {{[a-z_]+.*}} would take {{[0-9]+}}% less by the models"
// HTML: <title>small - Winnow report</title>
// HTML: <script type="application/json" id="report">{{.*}}"name":"a\u003cb"
// ERROR: error: cannot write '{{.*}}none/r.json'
module attributes {winnow.model_name = "small"} {
  func.func @main(%x: tensor<1x16x8x8xf32> {winnow.name = "x"}) -> (tensor<1x16x8x8xf32> {winnow.name = "y"}) {
    %w = arith.constant dense<0.5> : tensor<16x16x3x3xf32>
    %y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] activation <relu>
       : (tensor<1x16x8x8xf32>, tensor<16x16x3x3xf32>) -> tensor<1x16x8x8xf32> loc("a<b")
    return %y : tensor<1x16x8x8xf32>
  }
}
