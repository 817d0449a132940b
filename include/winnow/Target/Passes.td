//===- Passes.td - passes from memrefs to LLVM -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_TARGET_PASSES_TD
#define WINNOW_TARGET_PASSES_TD

include "mlir/Pass/PassBase.td"

def RecordInterface : Pass<"winnow-record-interface", "::mlir::ModuleOp"> {
  let summary = "writes the model's inputs, outputs and layers onto the module";
  let description = [{
    Lowering to memrefs forgets signedness, tensor names and which node an
    instruction came from. This pass reads `@main` while it still has tensors
    and leaves two module attributes:

    ```mlir
    winnow.interface = {inputs = [{name = "x", type = tensor<?x3x8x8xui8>} ],
                        outputs = [{name = "y", type = tensor<?x4xf32>,
                                    fixed = array<i64: 0, 4>, per_batch = array<i64: 1, 0>} ]}
    winnow.layers = [{name = "conv1", op = "convolution", algorithm = "direct", shape = "1x4x8x8xf32",
                      macs = 6912 : i64, weight_bytes = 432 : i64} ]
    ```

    An output's extents are at most `fixed + per_batch * batch`.
  }];
}

def ApproximateMath : Pass<"winnow-approximate-math", "::mlir::func::FuncOp"> {
  let summary = "replaces f32 math functions by polynomials";
  let description = [{
    Rewrites exp, log, tanh, erf and the like on f32 (scalars and vectors; f16 and
    bf16 through f32) by their polynomial approximations, so that vector code
    calls no library. f64 keeps calling libm.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"];
}

def ExpandHalfConversions : Pass<"winnow-expand-half-conversions", "::mlir::func::FuncOp"> {
  let summary = "writes conversions between f16 and f32 out in integers";
  let description = [{
    For targets without an instruction for them (`f16_conversion` of `winnow.target`): LLVM would call functions of the
    compiler's runtime library, which models are not linked with, for one number at a time. Conversions are exact, or
    rounded to nearest even, as the instructions are: subnormal numbers stay, what is too large becomes infinite, NaN
    stays NaN with the upper bits of its payload.

    ```mlir
    %w = arith.extf %h : vector<8xf16> to vector<8xf32>   // becomes shifts, selections and one multiplication
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def LowerKernelArguments : Pass<"winnow-lower-kernel-arguments", "::mlir::ModuleOp"> {
  let summary = "passes the memrefs of private functions as bare pointers";
  let description = [{
    Memrefs of static shape and strides become one `!llvm.ptr` each in private
    functions and their calls. A pointer is marked `llvm.noalias` when at no call
    site the memory it reads or writes can overlap that of another argument that
    is written.

    ```mlir
    func.func private @kernel(%x: memref<8xf32>)
    // becomes
    func.func private @kernel(%x: !llvm.ptr {llvm.noalias})
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect"];
}

def LowerTiles : Pass<"winnow-lower-tiles", "::mlir::func::FuncOp"> {
  let summary = "turns ops on tiles of matrix units into LLVM's intrinsics";
  let description = [{
    Ops of the `amx` dialect become calls of LLVM's intrinsics, and tiles that
    loops carry values of its type for them, while loops are still `scf.for`. The
    code generator assigns registers and configures them once a function.

    ```mlir
    %z = amx.tile_muli %x zext, %w, %y : !amx.tile<16x64xi8>, !amx.tile<16x64xi8>, !amx.tile<16x16xi32>
    // becomes
    %z = llvm.call_intrinsic "llvm.x86.tdpbusd.internal"(%m, %n, %k, %y, %x, %w) : (...) -> !llvm.x86_amx
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def InstrumentLayers : Pass<"winnow-instrument-layers", "::mlir::ModuleOp"> {
  let summary = "takes the time where one layer's code ends and the next begins";
  let description = [{
    Gives `@main` a last argument, the table of times, and calls
    `winnow_mark_layer(times, layers, index)` wherever the location of its
    operations changes to another entry of `winnow.layers`.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect"];
}

def OutlineParallel : Pass<"winnow-outline-parallel", "::mlir::ModuleOp"> {
  let summary = "makes a task of each parallel loop and has the runtime run it";
  let description = [{
    Each `scf.parallel` of one dimension in `@main` becomes a private function
    `@task_<n>(data, part)` and a call `winnow_parallel_for(team, parts, task,
    data)` (winnow/Runtime/model_data.h). `data` is a struct on the stack of
    `@main` with the values that the task uses; views of buffers and other
    operations without effects are repeated in the task instead. `@main` gets the
    team as one more argument (`winnow.team`).
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect"];
}

def GenerateEntry : Pass<"winnow-generate-entry", "::mlir::ModuleOp"> {
  let summary = "adds the function through which the runtime calls the model";
  let description = [{
    Adds `llvm.func @winnow_entry(%call: !llvm.ptr)`, which reads a `WinnowCall`
    (winnow/Runtime/model_data.h), makes memref descriptors from its pointers and
    its batch and calls `@main`, now private.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect"];
}

def CollectConstants : Pass<"winnow-collect-constants", "::mlir::ModuleOp"> {
  let summary = "moves constant tensors into one read-only global";
  let description = [{
    Copies the bytes of every private `llvm.mlir.global constant` that holds a
    tensor into the global `@winnow_constants`, equal ones once, each at a multiple
    of 64 bytes, and makes their users point there. Weights reach the object file
    as one array of bytes, never element by element. Bytes of a resource are freed
    as soon as they are copied.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
  let statistics = [
    Statistic<"numDuplicates", "duplicates", "constants that equal another one">
  ];
}

#endif // WINNOW_TARGET_PASSES_TD
