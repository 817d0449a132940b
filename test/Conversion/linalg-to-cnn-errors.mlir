// RUN: winnow-opt %s --winnow-convert-linalg-to-cnn -split-input-file -verify-diagnostics

#id = affine_map<(d0) -> (d0)>
#shift = affine_map<(d0) -> (d0 + 1)>
#all = affine_map<(d0) -> ()>

func.func @map(%x: tensor<5xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  // expected-error @+1 {{'linalg.generic' op cannot become cnn: expected maps that choose loops, each once}}
  %0 = linalg.generic {indexing_maps = [#shift, #id], iterator_types = ["parallel"]} ins(%x : tensor<5xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%i: f32, %o: f32):
    linalg.yield %i : f32
  } -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

func.func @body(%x: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  // expected-error @+1 {{'linalg.generic' op cannot become cnn: the body computes with what cnn does not have (towards 'math.cbrt')}}
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%i: f32, %o: f32):
    %a = math.cbrt %i : f32
    linalg.yield %a : f32
  } -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>
#all = affine_map<(d0) -> ()>

func.func @combiner(%x: tensor<4xf32>) -> tensor<f32> {
  %z = arith.constant dense<0.0> : tensor<f32>
  // expected-error @+1 {{'linalg.generic' op cannot become cnn: expected a reduction by a sum, a product, a maximum or a minimum}}
  %0 = linalg.generic {indexing_maps = [#id, #all], iterator_types = ["reduction"]} ins(%x : tensor<4xf32>) outs(%z : tensor<f32>) {
  ^bb0(%i: f32, %o: f32):
    %a = arith.subf %o, %i : f32
    linalg.yield %a : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

func.func @integers(%x: tensor<1x3x9x9xi8>, %w: tensor<4x3x3x3xi8>, %o: tensor<1x4x7x7xi32>) -> tensor<1x4x7x7xi32> {
  // expected-error @+1 {{'linalg.conv_2d_nchw_fchw' op cannot become cnn: expected operands and a result of one floating-point type}}
  %y = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x3x9x9xi8>, tensor<4x3x3x3xi8>) outs(%o : tensor<1x4x7x7xi32>) -> tensor<1x4x7x7xi32>
  return %y : tensor<1x4x7x7xi32>
}

// -----

func.func @slice(%x: tensor<4xf32>, %d: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error @+1 {{'tensor.insert_slice' op cannot become cnn: expected slices that fill an empty tensor of static shape}}
  %0 = tensor.insert_slice %x into %d[1] [4] [1] : tensor<4xf32> into tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

func.func @arith(%x: tensor<4xi32>) -> tensor<4xi32> {
  // expected-error @+1 {{'math.ctlz' op cannot become cnn: there is no op of this meaning}}
  %0 = math.ctlz %x : tensor<4xi32>
  return %0 : tensor<4xi32>
}

// -----

func.func @dynamic_groups(%x: tensor<1x?x3x5x5xf32>, %w: tensor<2x2x3x2x2xf32>, %o: tensor<1x?x2x4x4xf32>) -> tensor<1x?x2x4x4xf32> {
  // expected-error @+1 {{'linalg.conv_2d_ngchw_gfchw' op cannot become cnn: expected static extents but for the batch}}
  %y = linalg.conv_2d_ngchw_gfchw ins(%x, %w : tensor<1x?x3x5x5xf32>, tensor<2x2x3x2x2xf32>) outs(%o : tensor<1x?x2x4x4xf32>) -> tensor<1x?x2x4x4xf32>
  return %y : tensor<1x?x2x4x4xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>

func.func @dynamic_broadcast(%x: tensor<4xf32>, %o: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // expected-error @+1 {{'linalg.generic' op cannot become cnn: expected a static shape where the body broadcasts}}
  %0 = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4xf32>) outs(%o : tensor<?x4xf32>) {
  ^bb0(%i: f32, %p: f32):
    linalg.yield %i : f32
  } -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
