// RUN: rm -rf %t && mkdir -p %t
// RUN: winnowc %s -o %t/m.so --report --progress 2> %t/progress.txt | FileCheck %s --check-prefix=TEXT
// RUN: FileCheck %s --check-prefix=PROGRESS --input-file=%t/progress.txt
// RUN: winnowc %s -o %t/m.so --report=%t/r.json && FileCheck %s --check-prefix=JSON --input-file=%t/r.json
// RUN: winnowc %s -o %t/m.so --report=%t/r.html && FileCheck %s --check-prefix=HTML --input-file=%t/r.html
// RUN: not winnowc %s -o %t/m.so --report=%t/none/r.json 2>&1 | FileCheck %s --check-prefix=ERROR

// TEXT: layer {{ *}}op {{ *}}result {{ *}}algorithm {{ *}}MACs {{ *}}weight bytes
// TEXT: a<b {{ *}}relu {{ *}}1x4x8x8xf32
// TEXT: model small for {{.*}}: 1 layers, 0 MACs, 0 bytes of weights
// TEXT: arena {{.*}} bytes
// TEXT: kernel {{.*}} s
// PROGRESS: [1/9] import
// PROGRESS: [9/9] link
// JSON: "layers": [
// JSON: "name": "a<b"
// JSON: "shape": "1x4x8x8xf32"
// HTML: <td>a&lt;b</td><td>relu</td>
// ERROR: error: cannot write '{{.*}}none/r.json'
module attributes {winnow.model_name = "small"} {
  func.func @main(%x: tensor<1x4x8x8xf32> {winnow.name = "x"}) -> (tensor<1x4x8x8xf32> {winnow.name = "y"}) {
    %y = cnn.relu %x : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> loc("a<b")
    return %y : tensor<1x4x8x8xf32>
  }
}
