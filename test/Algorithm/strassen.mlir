// RUN: winnow-opt %s --winnow-algorithm-pipeline --split-input-file | FileCheck %s
// RUN: winnow-opt %s --winnow-algorithm-pipeline="algorithm=strassen" --split-input-file | FileCheck %s --check-prefix=FORCED
// RUN: winnow-opt %s --winnow-algorithm-pipeline="algorithm=strassen" --split-input-file -mlir-disable-threading -remarks-filter-missed=algorithm -remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=MISSED

// Many channels and pixels: an eighth less work. With few output channels, each input vector is read and added for too
// little; with few pixels, the filter streams too long. The last one has no halves of whole blocks.
// MISSED: half the channels are not whole blocks
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, l1_bytes = 49152 : i64, l2_bytes = 2097152 : i64}} {
  // CHECK-LABEL: func.func @shapes
  // CHECK: cnn.convolution {{.*}} algorithm <strassen, pixels = {{[0-9]+}}, channels = 32, outputs = {{[0-9]+}}>
  // CHECK: cnn.convolution {{.*}} algorithm <pointwise
  // CHECK: cnn.convolution {{.*}} algorithm <pointwise
  // FORCED-LABEL: func.func @shapes
  // FORCED: cnn.convolution {{.*}} algorithm <strassen
  // FORCED: cnn.convolution {{.*}} algorithm <strassen
  // FORCED: cnn.convolution {{.*}} algorithm <pointwise
  func.func @shapes(%x: tensor<1x512x14x14xf32>) -> tensor<1x48x14x14xf32> {
    %w1 = arith.constant dense<1.0> : tensor<512x512x1x1xf32>
    %w2 = arith.constant dense<1.0> : tensor<32x512x1x1xf32>
    %w3 = arith.constant dense<1.0> : tensor<48x32x1x1xf32>
    %b = cnn.convolution %x, %w1 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x512x14x14xf32>, tensor<512x512x1x1xf32>) -> tensor<1x512x14x14xf32>
    %c = cnn.convolution %b, %w2 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x512x14x14xf32>, tensor<32x512x1x1xf32>) -> tensor<1x32x14x14xf32>
    %d = cnn.convolution %c, %w3 strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x32x14x14xf32>, tensor<48x32x1x1xf32>) -> tensor<1x48x14x14xf32>
    return %d : tensor<1x48x14x14xf32>
  }
}

// -----

// Seven filters for a quarter of 49 pixels each: they would only be read.
module attributes {winnow.target = {vector_bits = 512 : i64, vector_registers = 32 : i64, l1_bytes = 49152 : i64, l2_bytes = 2097152 : i64}} {
  // CHECK-LABEL: func.func @late
  // CHECK-NOT: strassen
  // CHECK: return
  func.func @late(%x: tensor<1x1024x7x7xf32>) -> tensor<1x1024x7x7xf32> {
    %w = arith.constant dense<1.0> : tensor<1024x1024x1x1xf32>
    %a = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x1024x7x7xf32>, tensor<1024x1024x1x1xf32>) -> tensor<1x1024x7x7xf32>
    %b = cnn.convolution %a, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x1024x7x7xf32>, tensor<1024x1024x1x1xf32>) -> tensor<1x1024x7x7xf32>
    return %b : tensor<1x1024x7x7xf32>
  }
}

// -----

// Sums of integers that f32 holds exactly must stay exact; half the filters of two groups are zeros.
// MISSED: its sums of integers must not be rounded
// MISSED: there is more than one group
// MISSED: the window has more than one tap, strides or padding
module attributes {winnow.target = {vector_bits = 256 : i64, vector_registers = 16 : i64}} {
  // FORCED-LABEL: func.func @refused
  // FORCED-NOT: strassen
  // FORCED: return
  func.func @refused(%x: tensor<1x64x14x14xf32>) -> tensor<1x64x7x7xf32> {
    %w = arith.constant dense<1.0> : tensor<64x64x1x1xf32>
    %v = arith.constant dense<1.0> : tensor<64x32x1x1xf32>
    %a = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] {winnow.exact}
       : (tensor<1x64x14x14xf32>, tensor<64x64x1x1xf32>) -> tensor<1x64x14x14xf32>
    %b = cnn.convolution %a, %v strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 2
       : (tensor<1x64x14x14xf32>, tensor<64x32x1x1xf32>) -> tensor<1x64x14x14xf32>
    %c = cnn.convolution %b, %w strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1]
       : (tensor<1x64x14x14xf32>, tensor<64x64x1x1xf32>) -> tensor<1x64x7x7xf32>
    return %c : tensor<1x64x7x7xf32>
  }
}
