// RUN: winnow-opt %s --winnow-recognize-activations -split-input-file | FileCheck %s

// CHECK-LABEL: @swish
// CHECK-NEXT: cnn.swish %arg0 {alpha = 1.0{{.*}}}
// CHECK-NEXT: return
func.func @swish(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = cnn.sigmoid %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %1 = cnn.mul %0, %x : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}

// CHECK-LABEL: @hard_swish
// CHECK: cnn.hard_swish %arg0
// CHECK-NEXT: return
func.func @hard_swish(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %zero = arith.constant dense<0.0> : tensor<f32>
  %three = arith.constant dense<3.0> : tensor<f32>
  %six = arith.constant dense<6.0> : tensor<f32>
  %0 = cnn.add %x, %three : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %1 = cnn.clip %0 lower %zero upper %six : (tensor<?x4xf32>, tensor<f32>, tensor<f32>) -> tensor<?x4xf32>
  %2 = cnn.mul %x, %1 : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %3 = cnn.div %2, %six : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  return %3 : tensor<?x4xf32>
}

// CHECK-LABEL: @hard_swish_of_hard_sigmoid
// CHECK: cnn.hard_swish %arg0
func.func @hard_swish_of_hard_sigmoid(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = cnn.hard_sigmoid %x {alpha = 0.1666666716337204, beta = 0.5} : (tensor<4xf32>) -> tensor<4xf32>
  %1 = cnn.mul %x, %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: @gelu
// CHECK: cnn.gelu %arg0
// CHECK-NEXT: return
func.func @gelu(%x: tensor<4xf32>) -> tensor<4xf32> {
  %r = arith.constant dense<1.41421354> : tensor<f32>
  %one = arith.constant dense<1.0> : tensor<f32>
  %half = arith.constant dense<0.5> : tensor<f32>
  %0 = cnn.div %x, %r : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = cnn.erf %0 : (tensor<4xf32>) -> tensor<4xf32>
  %2 = cnn.add %1, %one : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %3 = cnn.mul %x, %2 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %4 = cnn.mul %3, %half : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %4 : tensor<4xf32>
}

// CHECK-LABEL: @gelu_tanh
// CHECK: cnn.gelu %arg0 {approximate = true}
// CHECK-NEXT: return
func.func @gelu_tanh(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = arith.constant dense<0.044715> : tensor<f32>
  %k = arith.constant dense<0.797884583> : tensor<f32>
  %three = arith.constant dense<3.0> : tensor<f32>
  %one = arith.constant dense<1.0> : tensor<f32>
  %half = arith.constant dense<0.5> : tensor<f32>
  %0 = cnn.pow %x, %three : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = cnn.mul %c, %0 : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = cnn.add %x, %1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = cnn.mul %2, %k : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %4 = cnn.tanh %3 : (tensor<4xf32>) -> tensor<4xf32>
  %5 = cnn.add %one, %4 : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  %6 = cnn.mul %x, %half : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %7 = cnn.mul %6, %5 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %7 : tensor<4xf32>
}

// CHECK-LABEL: @mish
// CHECK: cnn.mish %arg0
// CHECK-NEXT: return
func.func @mish(%x: tensor<4xf32>) -> tensor<4xf32> {
  %one = arith.constant dense<1.0> : tensor<f32>
  %0 = cnn.exp %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = cnn.add %0, %one : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %2 = cnn.log %1 : (tensor<4xf32>) -> tensor<4xf32>
  %3 = cnn.tanh %2 : (tensor<4xf32>) -> tensor<4xf32>
  %4 = cnn.mul %x, %3 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %4 : tensor<4xf32>
}

// CHECK-LABEL: @sigmoid
// CHECK: cnn.sigmoid %arg0
func.func @sigmoid(%x: tensor<4xf32>) -> tensor<4xf32> {
  %one = arith.constant dense<1.0> : tensor<f32>
  %0 = cnn.neg %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = cnn.exp %0 : (tensor<4xf32>) -> tensor<4xf32>
  %2 = cnn.add %1, %one : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %3 = cnn.reciprocal %2 : (tensor<4xf32>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// CHECK-LABEL: @softsign
// CHECK: cnn.softsign %arg0
func.func @softsign(%x: tensor<4xf32>) -> tensor<4xf32> {
  %one = arith.constant dense<1.0> : tensor<f32>
  %0 = cnn.abs %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = cnn.add %0, %one : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %2 = cnn.div %x, %1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// CHECK-LABEL: @leaky
// CHECK: cnn.leaky_relu %arg0 {alpha = 1.25{{.*}}e-01
func.func @leaky(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = arith.constant dense<0.125> : tensor<f32>
  %0 = cnn.mul %x, %a : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = cnn.max %x, %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: @relu6
// CHECK-DAG: %[[LO:.*]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-DAG: %[[HI:.*]] = arith.constant dense<6.000000e+00> : tensor<f32>
// CHECK: cnn.clip %arg0 lower %[[LO]] upper %[[HI]]
// CHECK-NEXT: return
func.func @relu6(%x: tensor<4xf32>) -> tensor<4xf32> {
  %six = arith.constant dense<6.0> : tensor<1xf32>
  %0 = cnn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = cnn.min %0, %six : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: @no_recognize_other_input
// CHECK: cnn.mul
func.func @no_recognize_other_input(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = cnn.sigmoid %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = cnn.mul %0, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: @no_recognize_integers
// CHECK: cnn.max
func.func @no_recognize_integers(%x: tensor<4xi32>) -> tensor<4xi32> {
  %zero = arith.constant dense<0> : tensor<i32>
  %0 = cnn.max %x, %zero : (tensor<4xi32>, tensor<i32>) -> tensor<4xi32>
  return %0 : tensor<4xi32>
}
