//===- Passes.td - passes of the Memory room -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_MEMORY_PASSES
#define WINNOW_MEMORY_PASSES

include "mlir/Pass/PassBase.td"

def ElideCopies : Pass<"winnow-elide-copies", "::mlir::func::FuncOp"> {
  let summary = "Write results where they are wanted instead of copying them";
  let description = [{
    A buffer that is only filled to be copied into an out-parameter becomes the
    out-parameter itself:

    ```mlir
    %a = memref.alloc() : memref<1x8xf32>          call @kernel(%x, %out)
    call @kernel(%x, %a)                     ->
    memref.copy %a, %out
    ```

    Looks through views that keep all elements in order (a final reshape).
    Copies into parts of a larger buffer (concatenation) stay: the plan places
    their source inside the target, and winnow-plan-memory erases them.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
  let statistics = [Statistic<"numElided", "elided", "copies into out-parameters elided">];
}

def PlanMemory : Pass<"winnow-plan-memory", "::mlir::ModuleOp"> {
  let summary = "Place all buffers of the entry function in one arena";
  let description = [{
    Every `memref.alloc` of the public function becomes a view of a new last
    argument `%arena : memref<?xi8>`. Buffers whose lifetimes do not meet share
    bytes: largest first, each at the lowest offset that is free while it lives.
    The source of a copy into a contiguous part of another buffer is placed in
    that part and the copy vanishes (concatenation in place). The output of a
    loop marked `winnow.in_place` takes the place of an input that dies there.

    With a dynamic batch N, buffers whose size is a multiple of N lie behind the
    fixed ones, at offsets that are multiples of N. Attributes of the function
    tell the sizes: `winnow.arena_bytes` (fixed), `winnow.arena_bytes_per_batch`
    (only with a dynamic batch; total = fixed + N * per batch) and
    `winnow.arena_lower_bound`, the most bytes that live at one time, counted
    for a batch of one.

    Fails where the size of a buffer depends on data.
  }];
  let options = [
    Option<"explain", "explain", "bool", /*default=*/"false",
           "Leave the plan as `winnow.arena_plan` and `winnow.arena_steps`, for reports">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def VerifyMemory : Pass<"winnow-verify-memory", "::mlir::ModuleOp"> {
  let summary = "Check the contract after Memory: no allocation is left";
  let description = [{
    Every public function has an arena with its size; nothing allocates on the
    heap, in kernels neither.
  }];
}

#endif // WINNOW_MEMORY_PASSES
