// RUN: winnow-opt %s --winnow-collect-constants | FileCheck %s

// Two equal tensors share bytes; the third starts at the next multiple of 64.
// CHECK: llvm.mlir.global internal constant @winnow_constants(dense{{.*}} : tensor<128xi8>) {{.*}}alignment = 64
// CHECK-NOT: @a
// CHECK-NOT: @b
llvm.mlir.global private constant @a(dense<[1.0, 2.0]> : tensor<2xf32>) : !llvm.array<2 x f32>
llvm.mlir.global private constant @b(dense<[1.0, 2.0]> : tensor<2xf32>) : !llvm.array<2 x f32>
llvm.mlir.global private constant @c(dense<[3, 4, 5]> : tensor<3xi8>) : !llvm.array<3 x i8>
// negative: what others may see or change stays.
// CHECK: llvm.mlir.global external constant @visible
llvm.mlir.global external constant @visible(dense<[1.0, 2.0]> : tensor<2xf32>) : !llvm.array<2 x f32>
// CHECK: llvm.mlir.global private @variable
llvm.mlir.global private @variable(dense<[1.0, 2.0]> : tensor<2xf32>) : !llvm.array<2 x f32>

// CHECK-LABEL: llvm.func @use
llvm.func @use() {
  // CHECK: %[[A:.*]] = llvm.mlir.addressof @winnow_constants
  %a = llvm.mlir.addressof @a : !llvm.ptr
  %b = llvm.mlir.addressof @b : !llvm.ptr
  // CHECK: %[[BASE:.*]] = llvm.mlir.addressof @winnow_constants
  // CHECK: %[[BASE3:.*]] = llvm.mlir.addressof @winnow_constants
  // CHECK: %[[OFFSET:.*]] = llvm.mlir.constant(64 : i64)
  // CHECK: %[[C:.*]] = llvm.getelementptr %[[BASE3]][%[[OFFSET]]]
  %c = llvm.mlir.addressof @c : !llvm.ptr
  // CHECK: llvm.call @take(%[[A]], %[[BASE]], %[[C]])
  llvm.call @take(%a, %b, %c) : (!llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
  llvm.return
}
llvm.func @take(!llvm.ptr, !llvm.ptr, !llvm.ptr)
