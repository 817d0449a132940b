// How a target multiplies bytes follows from its features, and can be taken away.
//
// RUN: winnowc %s --target=x86-64-v4 --mattr=+avx512vnni --measured-speed=false --compile-to=algorithm -o - | FileCheck %s --check-prefix=VNNI
// RUN: winnowc %s --target=x86-64-v3 --mattr=+avxvnni --measured-speed=false --compile-to=algorithm -o - | FileCheck %s --check-prefix=VNNI
// RUN: winnowc %s --target=x86-64-v4 --measured-speed=false --compile-to=algorithm -o - | FileCheck %s --check-prefix=MADD
// RUN: winnowc %s --target=x86-64-v4 --mattr=+avxvnni --measured-speed=false --compile-to=algorithm -o - | FileCheck %s --check-prefix=MADD
// RUN: winnowc %s --target=x86-64-v3 --measured-speed=false --compile-to=algorithm -o - | FileCheck %s --check-prefix=MADD
// RUN: winnowc %s --target=x86_64-linux-gnu --measured-speed=false --compile-to=algorithm -o - | FileCheck %s --check-prefix=NONE
// RUN: winnowc %s --target=aarch64-linux-gnu --measured-speed=false --compile-to=algorithm -o - | FileCheck %s --check-prefix=NONE
//
// VNNI: dot = "vnni"
// MADD: dot = "madd"
// NONE: dot = "none"

func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %y = cnn.relu %x : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}
