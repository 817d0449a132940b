//===- PanelKernel.h - pointwise convolutions of computed panels -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_PANELKERNEL_H
#define WINNOW_LIB_KERNEL_PANELKERNEL_H

#include "ConvolutionShape.h"
#include "KernelLowering.h"

namespace winnow::kernel {

/// How an operand of an elementwise chain lies beside the feature map that the
/// chain computes.
enum class PanelOperand { Map, Channels, Scalar };

/// A pointwise convolution whose input a chain of elementwise ops computes: panel
/// by panel, a panel being some pixels with all their channels, which stays in
/// cache until the convolution has read it.
struct PanelShape {
  ConvolutionShape conv;
  const ElementwiseChain *chain = nullptr;
  /// The operands of all steps in order, but for what one step takes from the one before.
  llvm::SmallVector<PanelOperand> operands;
  /// Pixels of a panel; runs of panels that do not depend on each other.
  int64_t pixels = 1, parts = 1;

  int64_t getPanelSize() const { return conv.getInBlocks() * conv.inBlock * pixels; }
  int64_t getScratchSize() const { return getPanelSize() * parts; }
  std::string getName() const;
};

/// Whether the result of `op`, an elementwise op, is only read by a pointwise
/// convolution that computes it panel by panel.
bool isPanelProducer(mlir::Operation *op);

/// How `operand` lies beside a map of type `type`; nothing where panels cannot read it.
std::optional<PanelOperand> getPanelOperand(mlir::Type operand, mlir::RankedTensorType type);

/// The kernel `(operands of the chain, filter, bias?, residual?, scratch, output)` for one image.
mlir::func::FuncOp getPanelKernel(KernelContext &context, mlir::Location loc, const PanelShape &shape);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_PANELKERNEL_H
