// A small network as torch-mlir and StableHLO's lowerings write it: channels first and last, padding and bias as ops of
// their own, activations as bodies.
#id4 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#channel = affine_map<(d0, d1, d2, d3) -> (d1)>
#id2 = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0, 0)>
#column = affine_map<(d0, d1) -> (d1)>
func.func @main(%x: tensor<1x3x9x9xf32>, %w: tensor<4x3x3x3xf32>, %b: tensor<4xf32>, %dw: tensor<3x3x4xf32>, %hw: tensor<2x2x4x6xf32>, %fc: tensor<6x5xf32>) -> (tensor<1x5xf32>, tensor<1x5x5x4xf32>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %six = arith.constant 6.0 : f32
  %lowest = arith.constant 0xFF800000 : f32
  %p = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x3x9x9xf32> to tensor<1x3x11x11xf32>
  %e0 = tensor.empty() : tensor<1x4x5x5xf32>
  %bias = linalg.broadcast ins(%b : tensor<4xf32>) outs(%e0 : tensor<1x4x5x5xf32>) dimensions = [0, 2, 3]
  %c0 = linalg.conv_2d_nchw_fchw {dilations = dense<1> : vector<2xi64>, strides = dense<2> : vector<2xi64>} ins(%p, %w : tensor<1x3x11x11xf32>, tensor<4x3x3x3xf32>) outs(%bias : tensor<1x4x5x5xf32>) -> tensor<1x4x5x5xf32>
  %r0 = linalg.generic {indexing_maps = [#id4, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c0 : tensor<1x4x5x5xf32>) outs(%e0 : tensor<1x4x5x5xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.cmpf ugt, %in, %zero : f32
    %1 = arith.select %0, %in, %zero : f32
    %2 = arith.minimumf %1, %six : f32
    linalg.yield %2 : f32
  } -> tensor<1x4x5x5xf32>
  %e1 = tensor.empty() : tensor<1x5x5x4xf32>
  %t = linalg.transpose ins(%r0 : tensor<1x4x5x5xf32>) outs(%e1 : tensor<1x5x5x4xf32>) permutation = [0, 2, 3, 1]
  %p1 = tensor.pad %t low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x5x5x4xf32> to tensor<1x7x7x4xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<1x5x5x4xf32>) -> tensor<1x5x5x4xf32>
  %c1 = linalg.depthwise_conv_2d_nhwc_hwc ins(%p1, %dw : tensor<1x7x7x4xf32>, tensor<3x3x4xf32>) outs(%f1 : tensor<1x5x5x4xf32>) -> tensor<1x5x5x4xf32>
  %sum = linalg.add ins(%c1, %t : tensor<1x5x5x4xf32>, tensor<1x5x5x4xf32>) outs(%e1 : tensor<1x5x5x4xf32>) -> tensor<1x5x5x4xf32>
  %silu = linalg.generic {indexing_maps = [#id4, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%sum : tensor<1x5x5x4xf32>) outs(%e1 : tensor<1x5x5x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.negf %in : f32
    %1 = math.exp %0 : f32
    %2 = arith.addf %1, %one : f32
    %3 = arith.divf %in, %2 : f32
    linalg.yield %3 : f32
  } -> tensor<1x5x5x4xf32>
  %e2 = tensor.empty() : tensor<1x4x4x6xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<1x4x4x6xf32>) -> tensor<1x4x4x6xf32>
  %c2 = linalg.conv_2d_nhwc_hwcf ins(%silu, %hw : tensor<1x5x5x4xf32>, tensor<2x2x4x6xf32>) outs(%f2 : tensor<1x4x4x6xf32>) -> tensor<1x4x4x6xf32>
  %e3 = tensor.empty() : tensor<1x2x2x6xf32>
  %window = tensor.empty() : tensor<2x2xf32>
  %f3 = linalg.fill ins(%lowest : f32) outs(%e3 : tensor<1x2x2x6xf32>) -> tensor<1x2x2x6xf32>
  %m = linalg.pooling_nhwc_max {strides = dense<2> : vector<2xi64>} ins(%c2, %window : tensor<1x4x4x6xf32>, tensor<2x2xf32>) outs(%f3 : tensor<1x2x2x6xf32>) -> tensor<1x2x2x6xf32>
  %e4 = tensor.empty() : tensor<1x1x1x6xf32>
  %f4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<1x1x1x6xf32>) -> tensor<1x1x1x6xf32>
  %s = linalg.pooling_nhwc_sum ins(%m, %window : tensor<1x2x2x6xf32>, tensor<2x2xf32>) outs(%f4 : tensor<1x1x1x6xf32>) -> tensor<1x1x1x6xf32>
  %four = arith.constant dense<4.0> : tensor<1x1x1x6xf32>
  %mean = arith.divf %s, %four : tensor<1x1x1x6xf32>
  %flat = tensor.collapse_shape %mean [[0, 1, 2], [3]] : tensor<1x1x1x6xf32> into tensor<1x6xf32>
  %e5 = tensor.empty() : tensor<1x5xf32>
  %f5 = linalg.fill ins(%zero : f32) outs(%e5 : tensor<1x5xf32>) -> tensor<1x5xf32>
  %logits = linalg.matmul ins(%flat, %fc : tensor<1x6xf32>, tensor<6x5xf32>) outs(%f5 : tensor<1x5xf32>) -> tensor<1x5xf32>
  %e6 = tensor.empty() : tensor<1x1xf32>
  %f6 = linalg.fill ins(%lowest : f32) outs(%e6 : tensor<1x1xf32>) -> tensor<1x1xf32>
  %max = linalg.generic {indexing_maps = [#id2, #row], iterator_types = ["parallel", "reduction"]} ins(%logits : tensor<1x5xf32>) outs(%f6 : tensor<1x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.maximumf %in, %out : f32
    linalg.yield %0 : f32
  } -> tensor<1x1xf32>
  %exp = linalg.generic {indexing_maps = [#id2, #row, #id2], iterator_types = ["parallel", "parallel"]} ins(%logits, %max : tensor<1x5xf32>, tensor<1x1xf32>) outs(%e5 : tensor<1x5xf32>) {
  ^bb0(%in: f32, %top: f32, %out: f32):
    %0 = arith.subf %in, %top : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x5xf32>
  %f7 = linalg.fill ins(%zero : f32) outs(%e6 : tensor<1x1xf32>) -> tensor<1x1xf32>
  %total = linalg.generic {indexing_maps = [#id2, #row], iterator_types = ["parallel", "reduction"]} ins(%exp : tensor<1x5xf32>) outs(%f7 : tensor<1x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %in, %out : f32
    linalg.yield %0 : f32
  } -> tensor<1x1xf32>
  %y = linalg.generic {indexing_maps = [#id2, #row, #id2], iterator_types = ["parallel", "parallel"]} ins(%exp, %total : tensor<1x5xf32>, tensor<1x1xf32>) outs(%e5 : tensor<1x5xf32>) {
  ^bb0(%in: f32, %sum1: f32, %out: f32):
    %0 = arith.divf %in, %sum1 : f32
    linalg.yield %0 : f32
  } -> tensor<1x5xf32>
  return %y, %silu : tensor<1x5xf32>, tensor<1x5x5x4xf32>
}
