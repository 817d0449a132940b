// Forms of linalg.generic, named elementwise ops, other convolutions, slices.
#ab = affine_map<(d0, d1) -> (d0, d1)>
#ba = affine_map<(d0, d1) -> (d1, d0)>
#a = affine_map<(d0, d1) -> (d0)>
#b = affine_map<(d0, d1) -> (d1)>
#ik = affine_map<(d0, d1, d2) -> (d0, d2)>
#jk = affine_map<(d0, d1, d2) -> (d1, d2)>
#ij = affine_map<(d0, d1, d2) -> (d0, d1)>
func.func @main(%x: tensor<3x4xf32>, %y: tensor<4x3xf32>, %v: tensor<4xf32>, %q: tensor<2x3x4xf32>, %g: tensor<1x2x3x5x5xf32>, %gw: tensor<2x2x3x2x2xf32>, %l: tensor<1x7x4xf32>, %lw: tensor<3x4x2xf32>, %m: tensor<1x4x4x2xf32>, %mw: tensor<2x2x2x3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3x3xf32>, tensor<3x4xf32>, tensor<3x8xf32>, tensor<2x2x2xf32>, tensor<1x2x2x4x4xf32>, tensor<1x5x2xf32>, tensor<1x3x3x2x3xf32>, tensor<2x4xf32>) {
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %e43 = tensor.empty() : tensor<4x3xf32>
  // Transposed operands and results, a vector along a dimension, and the value of outs.
  %0 = linalg.generic {indexing_maps = [#ab, #ba, #b, #ba], iterator_types = ["parallel", "parallel"]} ins(%x, %y, %v : tensor<3x4xf32>, tensor<4x3xf32>, tensor<4xf32>) outs(%y : tensor<4x3xf32>) {
  ^bb0(%i: f32, %j: f32, %k: f32, %o: f32):
    %a = arith.mulf %i, %j : f32
    %b = arith.addf %a, %k : f32
    %c = math.tanh %b : f32
    %d = arith.cmpf olt, %c, %half : f32
    %e = arith.select %d, %c, %o : f32
    linalg.yield %e : f32
  } -> tensor<4x3xf32>
  // A reduction of what a body computes, added to what was there.
  %start = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %1 = linalg.generic {indexing_maps = [#ab, #a], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<3x4xf32>) outs(%start : tensor<3xf32>) {
  ^bb0(%i: f32, %o: f32):
    %a = math.absf %i : f32
    %b = arith.addf %a, %o : f32
    linalg.yield %b : f32
  } -> tensor<3xf32>
  // A product with the right matrix transposed.
  %f33 = arith.constant dense<0.0> : tensor<3x3xf32>
  %yt = linalg.transpose ins(%y : tensor<4x3xf32>) outs(%x : tensor<3x4xf32>) permutation = [1, 0]
  %2 = linalg.generic {indexing_maps = [#ik, #jk, #ij], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %yt : tensor<3x4xf32>, tensor<3x4xf32>) outs(%f33 : tensor<3x3xf32>) {
  ^bb0(%i: f32, %j: f32, %o: f32):
    %a = arith.mulf %i, %j : f32
    %b = arith.addf %o, %a : f32
    linalg.yield %b : f32
  } -> tensor<3x3xf32>
  %e34 = tensor.empty() : tensor<3x4xf32>
  %s = linalg.sub ins(%x, %yt : tensor<3x4xf32>, tensor<3x4xf32>) outs(%e34 : tensor<3x4xf32>) -> tensor<3x4xf32>
  %n = linalg.square ins(%s : tensor<3x4xf32>) outs(%e34 : tensor<3x4xf32>) -> tensor<3x4xf32>
  %r = linalg.elementwise kind=#linalg.elementwise_kind<sqrt> ins(%n : tensor<3x4xf32>) outs(%e34 : tensor<3x4xf32>) -> tensor<3x4xf32>
  %x2 = math.erf %r : tensor<3x4xf32>
  %e38 = tensor.empty() : tensor<3x8xf32>
  %i0 = tensor.insert_slice %x2 into %e38[0, 0] [3, 4] [1, 1] : tensor<3x4xf32> into tensor<3x8xf32>
  %i1 = tensor.insert_slice %x into %i0[0, 4] [3, 4] [1, 1] : tensor<3x4xf32> into tensor<3x8xf32>
  %cut = tensor.extract_slice %q[0, 1, 0] [2, 2, 2] [1, 1, 2] : tensor<2x3x4xf32> to tensor<2x2x2xf32>
  %fg = arith.constant dense<0.0> : tensor<1x2x2x4x4xf32>
  %3 = linalg.conv_2d_ngchw_gfchw ins(%g, %gw : tensor<1x2x3x5x5xf32>, tensor<2x2x3x2x2xf32>) outs(%fg : tensor<1x2x2x4x4xf32>) -> tensor<1x2x2x4x4xf32>
  %fl = arith.constant dense<0.5> : tensor<1x5x2xf32>
  %4 = linalg.conv_1d_nwc_wcf ins(%l, %lw : tensor<1x7x4xf32>, tensor<3x4x2xf32>) outs(%fl : tensor<1x5x2xf32>) -> tensor<1x5x2xf32>
  %fm = arith.constant dense<0.0> : tensor<1x3x3x2x3xf32>
  %5 = linalg.depthwise_conv_2d_nhwc_hwcm ins(%m, %mw : tensor<1x4x4x2xf32>, tensor<2x2x2x3xf32>) outs(%fm : tensor<1x3x3x2x3xf32>) -> tensor<1x3x3x2x3xf32>
  %f24 = arith.constant dense<0xFF800000> : tensor<2x4xf32>
  %6 = linalg.reduce ins(%q : tensor<2x3x4xf32>) outs(%f24 : tensor<2x4xf32>) dimensions = [1] (%i: f32, %o: f32) {
    %a = arith.maximumf %i, %o : f32
    linalg.yield %a : f32
  }
  return %0, %1, %2, %x2, %i1, %cut, %3, %4, %5, %6 : tensor<4x3xf32>, tensor<3xf32>, tensor<3x3xf32>, tensor<3x4xf32>, tensor<3x8xf32>, tensor<2x2x2xf32>, tensor<1x2x2x4x4xf32>, tensor<1x5x2xf32>, tensor<1x3x3x2x3xf32>, tensor<2x4xf32>
}
