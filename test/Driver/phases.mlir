// Stopping after any phase and going on from the file gives a model.
// RUN: rm -rf %t && mkdir -p %t
// RUN: winnowc %s -o %t/import.mlir --compile-to=import && FileCheck %s --check-prefix=IMPORT --input-file=%t/import.mlir
// RUN: winnowc %t/import.mlir -o %t/graph.mlir --compile-to=graph
// RUN: FileCheck %s --check-prefix=GRAPH --input-file=%t/graph.mlir
// RUN: winnowc %t/graph.mlir -o %t/algorithm.mlir --compile-to=algorithm --target=x86-64-v4
// RUN: FileCheck %s --check-prefix=ALGORITHM --input-file=%t/algorithm.mlir
// RUN: winnowc %t/algorithm.mlir -o %t/kernel.mlir --compile-to=kernel --target=x86-64-v4
// RUN: FileCheck %s --check-prefix=KERNEL --input-file=%t/kernel.mlir
// RUN: winnowc %t/kernel.mlir -o %t/memory.mlir --compile-to=memory --target=x86-64-v4
// RUN: winnowc %t/memory.mlir -o %t/m.s --target=x86-64-v4 && FileCheck %s --check-prefix=ASM --input-file=%t/m.s

// IMPORT: cnn.relu
// GRAPH-NOT: cnn.relu
// GRAPH: cnn.convolution {{.*}}activation <relu>
// ALGORITHM: vector_bits = 512
// ALGORITHM: cnn.convolution {{.*}}algorithm <{{direct|winograd}}
// KERNEL: winnow.interface
// KERNEL-NOT: cnn.convolution
// KERNEL: vector.fma
// ASM: vfmadd{{.*}}zmm
module attributes {winnow.model_name = "small"} {
  func.func @main(%x: tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32> {
    %w = arith.constant dense<0.5> : tensor<32x32x3x3xf32>
    %c = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
         : (tensor<1x32x8x8xf32>, tensor<32x32x3x3xf32>) -> tensor<1x32x8x8xf32> loc("conv")
    %y = cnn.relu %c : (tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32> loc("relu")
    return %y : tensor<1x32x8x8xf32>
  }
}
