//===- Passes.td - passes of the Kernel room ---------------*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_KERNEL_PASSES
#define WINNOW_KERNEL_PASSES

include "mlir/Pass/PassBase.td"

def LowerToKernelsPass : Pass<"winnow-lower-to-kernels", "::mlir::ModuleOp"> {
  let summary = "Lower cnn ops on tensors to loops and vectors on buffers";
  let description = [{
    Every tensor becomes a buffer: a plain tensor a memref of its shape, a tensor
    in `#cnn.layout<block = b, halo = h>` the memref `N x ceil(C/b) x (H+2h) x
    (W+2h) x b`. Elements become signless. Each op becomes a `memref.alloc` for
    each result and code that fills it; constants become private globals, equal
    ones shared. Functions take their results as trailing out-parameters and
    carry `winnow.inputs` and `winnow.outputs`. Where a result's extents depend
    on data, one more argument `memref<?xi64>` receives the extents of all results.

    Before:
    ```mlir
    func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
      %y = cnn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
      return %y : tensor<4xf32>
    }
    ```
    After:
    ```mlir
    func.func @main(%x: memref<4xf32>, %out: memref<4xf32>) {
      %y = memref.alloc() {alignment = 64 : i64} : memref<4xf32>
      ... vector loop from %x to %y ...
      memref.copy %y, %out : memref<4xf32> to memref<4xf32>
      return
    }
    ```
    An op that has no lowering is an error that names its node; nothing falls
    back silently.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::amx::AMXDialect"];
}

def VerifyKernelsPass : Pass<"winnow-verify-kernels", "::mlir::ModuleOp"> {
  let summary = "Check the contract after kernel generation";
  let description = [{
    Fails if an op of the `cnn` dialect or a value of tensor type is left.
  }];
}

def PartitionKernelsPass : Pass<"winnow-partition-kernels", "::mlir::ModuleOp"> {
  let summary = "Divide kernels and loops among threads";
  let description = [{
    Loops that the generator marked with `winnow.axis` run over independent work
    (see lib/Kernel/Axis.h). For each kernel that `@main` calls and each such loop
    in `@main`, the pass chooses the axis that gives the shortest time for
    `threads` threads, by an estimate of the cycles, of what all parts read and of
    the cost of fork and join; work that is too small stays whole. A divided
    kernel takes the first and the end of its positions as two last arguments:

    ```mlir
    scf.parallel (%part) = (%c0) to (%parts) step (%c1) {
      %begin = ... part * 56 / parts
      %end = ... (part + 1) * 56 / parts
      func.call @kernel_conv(%x, %w, %y, %begin, %end)
      scf.reduce
    }
    ```

    `%parts` is the smaller of what was planned and `@main`'s new last argument,
    the threads that a run has (`winnow.threads`). No sum is ever divided: results
    do not depend on the number of parts. With `threads` of 1 only the marks are
    removed. Each decision leaves a remark (category `kernel`).
  }];
  let options = [
    Option<"threads", "threads", "int64_t", /*default=*/"1", "The most threads that a run will have">,
    Option<"forkJoinCycles", "fork-join-cycles", "double", /*default=*/"8000",
           "What handing parts out and waiting for the last costs; 0 divides all that can be">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::scf::SCFDialect"];
}

def ExpandCopiesPass : Pass<"winnow-expand-copies", "::mlir::func::FuncOp"> {
  let summary = "Turn copies between strided buffers into vector loops";
  let description = [{
    A `memref.copy` whose buffers are both contiguous stays (it becomes a
    memcpy); any other becomes a loop nest whose innermost contiguous run is
    copied by vectors. Runs after memory planning, which elides copies.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def ExpandTilesPass : Pass<"winnow-expand-tiles", "::mlir::ModuleOp"> {
  let summary = "Compute tiles of matrix units by vectors where there is no such unit";
  let description = [{
    On a target without matrix units (`int8_tiles` and `bf16_tiles` of
    `winnow.target`), or with `force` on any, every value of type `!amx.tile` becomes a buffer on the stack
    of its function, loads and stores become loops over rows, and products of
    bytes loops over the products of bytes that the target has: the same bits. Those
    of bf16 become two multiply-adds in f32, in the order of the reduction.
    A loop copies the tiles that it carries at the end of each iteration. An op
    on tiles that has no expansion is an error.

    Before:
    ```mlir
    %z = amx.tile_muli %x zext, %w, %y : !amx.tile<16x64xi8>, !amx.tile<16x64xi8>, !amx.tile<16x16xi32>
    ```
    After:
    ```mlir
    %z = memref.alloca() {alignment = 64 : i64} : memref<256xi32>
    scf.for %row = %c0 to %c16 step %c1 {
      ... vpdpbusd, or what the target has, from memref<1024xi8> to %z ...
    }
    ```
    This is how kernels of matrix units are tested on machines without one.
  }];
  let options = [
    Option<"force", "force", "bool", /*default=*/"false", "Also on a target that has such units">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect", "::mlir::LLVM::LLVMDialect"];
}

#endif // WINNOW_KERNEL_PASSES
