// RUN: winnow-opt %s --winnow-release-constants | FileCheck %s

// What is in use stays as it is.
// CHECK: dense_resource<used>
// CHECK: used: "0x080000000000803F00000040"
// CHECK-NOT: unused
func.func @main() -> tensor<2xf32> {
  %c = arith.constant dense_resource<used> : tensor<2xf32>
  return %c : tensor<2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      used: "0x080000000000803F00000040",
      unused: "0x080000000000803F000000400000803F00000040"
    }
  }
#-}
