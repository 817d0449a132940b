//===- InitAll.h - all dialects and passes of the compiler ------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_INITALL_H
#define WINNOW_INITALL_H

#include "winnow/Algorithm/Passes.h"
#include "winnow/Compress/Passes.h"
#include "winnow/Conversion/Passes.h"
#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Graph/Passes.h"
#include "winnow/Kernel/Passes.h"
#include "winnow/Memory/Passes.h"
#include "winnow/Target/Passes.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Transforms/Passes.h"

namespace winnow {

/// Registers every dialect that a module has between import and emission.
inline void registerAllDialects(mlir::DialectRegistry &registry) {
  registry
      .insert<cnn::CNNDialect, mlir::amx::AMXDialect, mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect,
              mlir::func::FuncDialect, mlir::linalg::LinalgDialect, mlir::LLVM::LLVMDialect, mlir::math::MathDialect,
              mlir::memref::MemRefDialect, mlir::quant::QuantDialect, mlir::scf::SCFDialect,
              mlir::tensor::TensorDialect, mlir::tosa::TosaDialect, mlir::vector::VectorDialect>();
}

/// Registers every pass and pipeline; each room has one line here.
inline void registerAllPasses() {
  mlir::registerTransformsPasses();
  registerWinnowConversionPasses();
  registerGraphPasses();
  registerCompressPasses();
  registerAlgorithmPasses();
  registerWinnowKernelPasses();
  registerMemoryPasses();
  registerWinnowTargetPasses();
  registerTargetPipelines();
}

} // namespace winnow

#endif // WINNOW_INITALL_H
