// How a target multiplies bytes and 16-bit numbers follows from its features, and can be taken away.
//
// RUN: winnowc %s --target=x86-64-v4 --mattr=+avx512vnni --measured-speed=false --compile-to=algorithm -o %t.mlir && FileCheck %s --check-prefix=VNNI < %t.mlir
// RUN: winnowc %s --target=x86-64-v3 --mattr=+avxvnni --measured-speed=false --compile-to=algorithm -o %t.mlir && FileCheck %s --check-prefix=VNNI < %t.mlir
// RUN: winnowc %s --target=x86-64-v4 --measured-speed=false --compile-to=algorithm -o %t.mlir && FileCheck %s --check-prefix=MADD < %t.mlir
// RUN: winnowc %s --target=x86-64-v4 --mattr=+avxvnni --measured-speed=false --compile-to=algorithm -o %t.mlir && FileCheck %s --check-prefix=MADD < %t.mlir
// RUN: winnowc %s --target=x86-64-v3 --measured-speed=false --compile-to=algorithm -o %t.mlir && FileCheck %s --check-prefix=MADD < %t.mlir
// RUN: winnowc %s --target=x86_64-linux-gnu --measured-speed=false --compile-to=algorithm -o %t.mlir && FileCheck %s --check-prefix=NONE < %t.mlir
// RUN: winnowc %s --target=aarch64-linux-gnu --measured-speed=false --compile-to=algorithm -o %t.mlir && FileCheck %s --check-prefix=ARM < %t.mlir
// RUN: winnowc %s --mcpu=sapphirerapids --target=x86_64-linux-gnu --measured-speed=false --compile-to=algorithm -o %t.mlir && FileCheck %s --check-prefix=TILES < %t.mlir
// RUN: winnowc %s --mcpu=sapphirerapids --target=x86_64-linux-gnu --mattr=-amx-int8,-avx512fp16,-avx512bf16 --measured-speed=false --compile-to=algorithm -o %t.mlir && FileCheck %s --check-prefix=TAKEN < %t.mlir
//
// VNNI: dot = "vnni"
// MADD: dot = "madd"
// NONE-DAG: dot = "none"
// NONE-DAG: f16_conversion = false
// ARM-DAG: dot = "none"
// ARM-DAG: f16_conversion = true
// TILES: bf16_conversion = true, bf16_tiles = true, dot = "vnni", f16_arithmetic = true, f16_conversion = true, has_fma = true, int8_tiles = true
// TAKEN: bf16_conversion = false, bf16_tiles = true, dot = "vnni", f16_arithmetic = false, f16_conversion = true, has_fma = true, int8_tiles = false

func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %y = cnn.relu %x : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}
