// Activations, arithmetic, reductions and movements.
func.func @main(%x: tensor<2x6x4xf32>, %y: tensor<6x1xf32>) -> (tensor<2x6x4xf32>, tensor<2x6x4xf32>, tensor<2x1x4xf32>, tensor<2x6xf32>, tensor<2x3x2xf32>, tensor<3x16xf32>, tensor<2x6x4xf32>, tensor<2x2x3x4xf32>) {
  %0 = cnn.sigmoid %x : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  %1 = cnn.leaky_relu %x {alpha = 0.1} : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  %2 = cnn.mul %0, %y : (tensor<2x6x4xf32>, tensor<6x1xf32>) -> tensor<2x6x4xf32>
  %3 = cnn.mish %2 : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  %4 = cnn.gelu %x : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  %5 = cnn.elu %x {alpha = 1.5} : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  %6 = cnn.softplus %5 : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  %7 = cnn.hard_sigmoid %4 {alpha = 0.2, beta = 0.5} : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  %8 = cnn.sub %6, %7 : (tensor<2x6x4xf32>, tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  %9 = cnn.max %8, %1 : (tensor<2x6x4xf32>, tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  %c = cnn.less %x, %y : (tensor<2x6x4xf32>, tensor<6x1xf32>) -> tensor<2x6x4xi1>
  %10 = cnn.where %c, %9, %3 : (tensor<2x6x4xi1>, tensor<2x6x4xf32>, tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  %11 = cnn.reduce mean %10 axes [1] keep_dims true : (tensor<2x6x4xf32>) -> tensor<2x1x4xf32>
  %12 = cnn.reduce l2 %10 axes [2] : (tensor<2x6x4xf32>) -> tensor<2x6xf32>
  %13 = cnn.slice %10 axes [1, 2] starts [1, -3] ends [6, -1] steps [2, 1] : (tensor<2x6x4xf32>) -> tensor<2x3x2xf32>
  %14 = cnn.reshape %10 : (tensor<2x6x4xf32>) -> tensor<3x16xf32>
  %15 = cnn.log_softmax %10 axis 1 : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  %i = arith.constant dense<[[5, 0, -2], [1, 1, 3]]> : tensor<2x3xi64>
  %16 = cnn.gather %10, %i axis 1 : (tensor<2x6x4xf32>, tensor<2x3xi64>) -> tensor<2x2x3x4xf32>
  return %10, %3, %11, %12, %13, %14, %15, %16 : tensor<2x6x4xf32>, tensor<2x6x4xf32>, tensor<2x1x4xf32>, tensor<2x6xf32>, tensor<2x3x2xf32>, tensor<3x16xf32>, tensor<2x6x4xf32>, tensor<2x2x3x4xf32>
}
