// A small network as TensorFlow Lite's converters write it: strided, depthwise, dilated and transposed convolutions,
// pools, a residual, a classifier.
func.func @main(%x: tensor<1x13x12x3xf32>) -> (tensor<1x5xf32>, tensor<1x7x6x4xf32>) {
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %w0 = "tosa.const"() <{values = dense<[[[[0.1, -0.2, 0.3], [0.4, 0.5, -0.6]], [[-0.7, 0.8, 0.9], [0.2, -0.1, 0.3]]], [[[0.5, 0.1, -0.3], [-0.4, 0.2, 0.6]], [[0.7, -0.8, 0.1], [0.3, 0.4, -0.2]]], [[[-0.5, 0.2, 0.1], [0.6, -0.1, 0.4]], [[0.2, 0.3, -0.9], [0.8, -0.7, 0.5]]], [[[0.3, 0.3, 0.2], [-0.2, 0.6, 0.1]], [[-0.1, 0.5, 0.4], [0.9, 0.2, -0.8]]]]> : tensor<4x2x2x3xf32>}> : () -> tensor<4x2x2x3xf32>
  %b0 = "tosa.const"() <{values = dense<[0.1, -0.2, 0.05, 0.3]> : tensor<4xf32>}> : () -> tensor<4xf32>
  %0 = tosa.conv2d %x, %w0, %b0, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x13x12x3xf32>, tensor<4x2x2x3xf32>, tensor<4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x7x6x4xf32>
  %1 = tosa.clamp %0 {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x7x6x4xf32>) -> tensor<1x7x6x4xf32>
  %w1 = "tosa.const"() <{values = dense<[[[[0.5], [0.3], [-0.2], [0.1]], [[0.1], [-0.4], [0.6], [0.2]], [[0.7], [0.2], [0.3], [-0.5]]], [[[-0.3], [0.6], [0.4], [0.9]], [[1.0], [1.1], [0.8], [0.7]], [[0.2], [-0.1], [0.5], [0.3]]], [[[0.4], [0.2], [-0.6], [0.1]], [[0.3], [0.5], [0.2], [-0.7]], [[-0.2], [0.1], [0.4], [0.6]]]]> : tensor<3x3x4x1xf32>}> : () -> tensor<3x3x4x1xf32>
  %2 = tosa.depthwise_conv2d %1, %w1, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>} : (tensor<1x7x6x4xf32>, tensor<3x3x4x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x7x6x4xf32>
  %3 = tosa.add %2, %1 : (tensor<1x7x6x4xf32>, tensor<1x7x6x4xf32>) -> tensor<1x7x6x4xf32>
  %4 = tosa.sigmoid %3 : (tensor<1x7x6x4xf32>) -> tensor<1x7x6x4xf32>
  %5 = tosa.max_pool2d %4 {kernel = array<i64: 3, 2>, pad = array<i64: 1, 1, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x7x6x4xf32>) -> tensor<1x4x3x4xf32>
  %6 = tosa.avg_pool2d %5, %zero, %zero {acc_type = f32, kernel = array<i64: 2, 3>, pad = array<i64: 0, 0, 1, 1>, stride = array<i64: 2, 2>} : (tensor<1x4x3x4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x4xf32>
  %w2 = "tosa.const"() <{values = dense<[[[[0.1, 0.2, -0.3, 0.4], [0.5, -0.6, 0.7, 0.8]], [[-0.1, 0.9, 0.3, 0.2], [0.6, 0.1, -0.2, 0.5]]], [[[0.3, -0.1, 0.2, 0.5], [0.2, 0.4, 0.1, -0.7]], [[0.8, 0.3, -0.4, 0.1], [-0.5, 0.2, 0.6, 0.9]]]]> : tensor<2x2x2x4xf32>}> : () -> tensor<2x2x2x4xf32>
  %b2 = "tosa.const"() <{values = dense<[0.5, -0.5]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %7 = tosa.transpose_conv2d %6, %w2, %b2, %zero, %zero {acc_type = f32, out_pad = array<i64: 0, -1, -1, 0>, stride = array<i64: 2, 2>} : (tensor<1x2x2x4xf32>, tensor<2x2x2x4xf32>, tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x3x3x2xf32>
  %s = tosa.const_shape {values = dense<[1, 1, 18]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %8 = tosa.reshape %7, %s : (tensor<1x3x3x2xf32>, !tosa.shape<3>) -> tensor<1x1x18xf32>
  %w3 = "tosa.const"() <{values = dense<[[[0.1, -0.2, 0.3, 0.4, 0.5], [0.2, 0.1, -0.4, 0.3, 0.2], [-0.3, 0.4, 0.1, 0.2, -0.6], [0.7, 0.1, 0.2, -0.1, 0.4], [0.3, 0.6, -0.5, 0.2, 0.1], [0.2, -0.3, 0.4, 0.8, 0.1], [0.5, 0.1, 0.2, -0.4, 0.3], [0.1, 0.7, -0.2, 0.3, 0.4], [-0.6, 0.2, 0.1, 0.5, 0.2], [0.4, 0.3, 0.2, -0.1, 0.6], [0.2, 0.5, -0.3, 0.1, 0.7], [0.3, -0.2, 0.6, 0.4, 0.1], [0.8, 0.2, 0.1, -0.5, 0.3], [0.1, 0.4, -0.6, 0.2, 0.5], [-0.2, 0.3, 0.7, 0.1, 0.4], [0.6, -0.1, 0.2, 0.3, 0.8], [0.2, 0.9, -0.4, 0.1, 0.3], [0.5, 0.2, 0.3, -0.7, 0.1]]]> : tensor<1x18x5xf32>}> : () -> tensor<1x18x5xf32>
  %9 = tosa.matmul %8, %w3, %zero, %zero : (tensor<1x1x18xf32>, tensor<1x18x5xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x5xf32>
  %m = tosa.reduce_max %9 {axis = 2 : i32} : (tensor<1x1x5xf32>) -> tensor<1x1x1xf32>
  %10 = tosa.sub %9, %m : (tensor<1x1x5xf32>, tensor<1x1x1xf32>) -> tensor<1x1x5xf32>
  %11 = tosa.exp %10 : (tensor<1x1x5xf32>) -> tensor<1x1x5xf32>
  %12 = tosa.reduce_sum %11 {axis = 2 : i32} : (tensor<1x1x5xf32>) -> tensor<1x1x1xf32>
  %13 = tosa.reciprocal %12 : (tensor<1x1x1xf32>) -> tensor<1x1x1xf32>
  %shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %14 = tosa.mul %11, %13, %shift : (tensor<1x1x5xf32>, tensor<1x1x1xf32>, tensor<1xi8>) -> tensor<1x1x5xf32>
  %s2 = tosa.const_shape {values = dense<[1, 5]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %15 = tosa.reshape %14, %s2 : (tensor<1x1x5xf32>, !tosa.shape<2>) -> tensor<1x5xf32>
  return %15, %4 : tensor<1x5xf32>, tensor<1x7x6x4xf32>
}
