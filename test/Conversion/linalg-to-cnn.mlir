// RUN: winnow-opt %s --winnow-convert-linalg-to-cnn | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#swap = affine_map<(d0, d1) -> (d1, d0)>
#first = affine_map<(d0, d1) -> (d0)>
#unit = affine_map<(d0, d1) -> (d0, 0)>

// What outs is filled with tells whether something is added; a broadcast vector is the bias.
// CHECK-LABEL: @conv
// CHECK: cnn.convolution %arg0, %arg1 bias %arg2 strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] :
// CHECK-NEXT: return
func.func @conv(%x: tensor<1x3x9x9xf32>, %w: tensor<4x3x3x3xf32>, %b: tensor<4xf32>) -> tensor<1x4x4x4xf32> {
  %e = tensor.empty() : tensor<1x4x4x4xf32>
  %i = linalg.broadcast ins(%b : tensor<4xf32>) outs(%e : tensor<1x4x4x4xf32>) dimensions = [0, 2, 3]
  %y = linalg.conv_2d_nchw_fchw {strides = dense<2> : vector<2xi64>} ins(%x, %w : tensor<1x3x9x9xf32>, tensor<4x3x3x3xf32>) outs(%i : tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  return %y : tensor<1x4x4x4xf32>
}

// CHECK-LABEL: @accumulates
// CHECK: %[[C:.*]] = cnn.convolution
// CHECK: cnn.add %[[C]], %arg2
func.func @accumulates(%x: tensor<1x3x9x9xf32>, %w: tensor<4x3x3x3xf32>, %o: tensor<1x4x7x7xf32>) -> tensor<1x4x7x7xf32> {
  %y = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x3x9x9xf32>, tensor<4x3x3x3xf32>) outs(%o : tensor<1x4x7x7xf32>) -> tensor<1x4x7x7xf32>
  return %y : tensor<1x4x7x7xf32>
}

// A dynamic batch does no harm: the fill behind outs is only asked for its value.
// CHECK-LABEL: @batch
// CHECK-NOT: linalg
// CHECK: cnn.convolution {{.*}} -> tensor<?x4x7x7xf32>
func.func @batch(%x: tensor<?x3x9x9xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<?x4x7x7xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x3x9x9xf32>
  %e = tensor.empty(%n) : tensor<?x4x7x7xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x4x7x7xf32>) -> tensor<?x4x7x7xf32>
  %y = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<?x3x9x9xf32>, tensor<4x3x3x3xf32>) outs(%f : tensor<?x4x7x7xf32>) -> tensor<?x4x7x7xf32>
  return %y : tensor<?x4x7x7xf32>
}

// CHECK-LABEL: @grouped
// CHECK: cnn.reshape %arg1 : (tensor<2x2x3x2x2xf32>) -> tensor<4x3x2x2xf32>
// CHECK: cnn.convolution {{.*}} group 2 {{.*}} -> tensor<1x4x4x4xf32>
// CHECK: cnn.reshape {{.*}} -> tensor<1x2x2x4x4xf32>
func.func @grouped(%x: tensor<1x2x3x5x5xf32>, %w: tensor<2x2x3x2x2xf32>) -> tensor<1x2x2x4x4xf32> {
  %z = arith.constant dense<0.0> : tensor<1x2x2x4x4xf32>
  %y = linalg.conv_2d_ngchw_gfchw ins(%x, %w : tensor<1x2x3x5x5xf32>, tensor<2x2x3x2x2xf32>) outs(%z : tensor<1x2x2x4x4xf32>) -> tensor<1x2x2x4x4xf32>
  return %y : tensor<1x2x2x4x4xf32>
}

// The relu that PyTorch means: NaN stays NaN. The ordered one does not: it keeps its meaning.
// CHECK-LABEL: @relu
// CHECK-NOT: cnn.where
// CHECK: %[[R:.*]] = cnn.relu %arg0
// CHECK: %[[G:.*]] = cnn.greater %[[R]]
// CHECK: cnn.where %[[G]], %[[R]]
func.func @relu(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x4xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<3x4xf32>) outs(%e : tensor<3x4xf32>) {
  ^bb0(%i: f32, %o: f32):
    %a = arith.cmpf ugt, %i, %zero : f32
    %b = arith.select %a, %i, %zero : f32
    %c = arith.cmpf ogt, %b, %zero : f32
    %d = arith.select %c, %b, %zero : f32
    linalg.yield %d : f32
  } -> tensor<3x4xf32>
  return %y : tensor<3x4xf32>
}

// Maps become transposes and shapes.
// CHECK-LABEL: @maps
// CHECK-DAG: %[[T:.*]] = cnn.transpose %arg1 permutation [1, 0]
// CHECK-DAG: %[[V:.*]] = cnn.reshape %arg2 : (tensor<3xf32>) -> tensor<3x1xf32>
// CHECK: %[[M:.*]] = cnn.mul %arg0, %[[T]]
// CHECK: %[[A:.*]] = cnn.add %[[M]], %[[V]]
// CHECK: cnn.transpose %[[A]] permutation [1, 0]
func.func @maps(%x: tensor<3x4xf32>, %y: tensor<4x3xf32>, %v: tensor<3xf32>) -> tensor<4x3xf32> {
  %e = tensor.empty() : tensor<4x3xf32>
  %0 = linalg.generic {indexing_maps = [#id, #swap, #first, #swap], iterator_types = ["parallel", "parallel"]} ins(%x, %y, %v : tensor<3x4xf32>, tensor<4x3xf32>, tensor<3xf32>) outs(%e : tensor<4x3xf32>) {
  ^bb0(%i: f32, %j: f32, %k: f32, %o: f32):
    %a = arith.mulf %i, %j : f32
    %b = arith.addf %a, %k : f32
    linalg.yield %b : f32
  } -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// CHECK-LABEL: @contraction
// CHECK: cnn.einsum "ac,bc->ab" %arg0, %arg1
func.func @contraction(%x: tensor<3x4xf32>, %y: tensor<5x4xf32>) -> tensor<3x5xf32> {
  %z = arith.constant dense<0.0> : tensor<3x5xf32>
  %0 = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
    ins(%x, %y : tensor<3x4xf32>, tensor<5x4xf32>) outs(%z : tensor<3x5xf32>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

// CHECK-LABEL: @reduction
// CHECK: cnn.reduce max %arg0 axes [1] : (tensor<3x4xf32>) -> tensor<3xf32>
// CHECK: cnn.reshape {{.*}} -> tensor<3x1xf32>
func.func @reduction(%x: tensor<3x4xf32>) -> tensor<3x1xf32> {
  %z = arith.constant dense<0xFF800000> : tensor<3x1xf32>
  %0 = linalg.generic {indexing_maps = [#id, #unit], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<3x4xf32>) outs(%z : tensor<3x1xf32>) {
  ^bb0(%i: f32, %o: f32):
    %a = arith.maximumf %i, %o : f32
    linalg.yield %a : f32
  } -> tensor<3x1xf32>
  return %0 : tensor<3x1xf32>
}

// Zeros between the elements, as transposed convolutions are written.
// CHECK-LABEL: @stuffed
// CHECK: cnn.pad constant %{{.*}} value %{{.*}} pads [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]
// CHECK: cnn.pad constant %{{.*}} value %{{.*}} pads [0, 1, 1, 0, 0, 0] : (tensor<1x4x6xf32>, tensor<f32>) -> tensor<1x5x7xf32>
func.func @stuffed(%x: tensor<1x2x3xf32>) -> tensor<1x5x7xf32> {
  %z = arith.constant dense<0.0> : tensor<1x5x7xf32>
  %y = tensor.insert_slice %x into %z[0, 1, 1] [1, 2, 3] [1, 2, 2] : tensor<1x2x3xf32> into tensor<1x5x7xf32>
  return %y : tensor<1x5x7xf32>
}
