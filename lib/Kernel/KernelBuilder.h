//===- KernelBuilder.h - loops and addresses of kernels ---------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_KERNELBUILDER_H
#define WINNOW_LIB_KERNEL_KERNELBUILDER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace winnow::kernel {

using Values = llvm::SmallVector<mlir::Value>;

/// Builds loops and flat addresses; folds what is known, so that a trip count
/// of one leaves no loop and an offset of zero no addition. Index constants are
/// shared: they stand once at the start of the block given to the constructor.
class KernelBuilder {
public:
  KernelBuilder(mlir::OpBuilder &builder, mlir::Location loc, mlir::Block *constantBlock)
      : builder(builder), loc(loc), constantBlock(constantBlock) {}

  mlir::OpBuilder &builder;
  mlir::Location loc;

  mlir::Value index(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value add(mlir::Value a, int64_t b) { return b ? add(a, index(b)) : a; }
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, int64_t b);
  mlir::Value div(mlir::Value a, int64_t b);
  mlir::Value rem(mlir::Value a, int64_t b);
  mlir::Value min(mlir::Value a, mlir::Value b);
  mlir::Value max(mlir::Value a, mlir::Value b);
  /// The value of an index that is a constant.
  static std::optional<int64_t> getConstant(mlir::Value value);

  /// for iv = lower to upper step `step`, carrying `carried`. The loop is never
  /// unrolled by LLVM: unrolled reductions over register tiles spill.
  Values loop(mlir::Value lower, mlir::Value upper, int64_t step, mlir::ValueRange carried,
              llvm::function_ref<Values(mlir::Value iv, mlir::ValueRange carried)> body);
  void loop(int64_t lower, int64_t upper, int64_t step, llvm::function_ref<void(mlir::Value iv)> body) {
    loop(index(lower), index(upper), step, {}, [&](mlir::Value iv, mlir::ValueRange) {
      body(iv);
      return Values();
    });
  }

  /// The loop over part [lower, upper) of `axis`, along which the kernel may be
  /// divided among threads: its positions are [0, extent), and each iteration
  /// computes what belongs to its position alone. Several loops may share an
  /// axis (a border and its interior). The loop is there even for one position.
  void split(llvm::StringRef axis, int64_t extent, mlir::Value lower, mlir::Value upper, int64_t step,
             llvm::function_ref<void(mlir::Value iv)> body);

private:
  mlir::scf::ForOp createLoop(mlir::Value lower, mlir::Value upper, int64_t step, mlir::ValueRange carried);

  mlir::Block *constantBlock;
  llvm::DenseMap<int64_t, mlir::Value> constants;
};

/// The one-dimensional view of one image of `size` elements that kernels take.
mlir::MemRefType getFlatType(int64_t size, mlir::Type elementType);

/// Image `n` of `buffer` (batch first) as a flat view.
mlir::Value getFlatImage(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer, mlir::Value n);

/// The whole of `buffer` (static shape) as a flat view.
mlir::Value getFlatBuffer(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer);

/// Calls `body` for each image of a batch: `extent` is the batch of `buffer`'s dimension 0.
void forEachImage(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer,
                  llvm::function_ref<void(mlir::OpBuilder &, mlir::Value n)> body);

/// The type that arithmetic on elements of `elementType` uses: f32 for the short floats.
mlir::Type getComputeType(mlir::Type elementType);

/// `value` (scalar or vector) converted to or from the type that arithmetic uses.
mlir::Value convertFloat(KernelBuilder &kb, mlir::Value value, mlir::Type elementType);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_KERNELBUILDER_H
