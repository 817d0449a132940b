//===- ConvolutionLowering.h - what lowerings of convolutions share -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_CONVOLUTIONLOWERING_H
#define WINNOW_LIB_KERNEL_CONVOLUTIONLOWERING_H

#include "ChannelBlocks.h"
#include "ConvolutionKernel.h"
#include "QuantizedConvolution.h"

namespace winnow::kernel {

/// A convolution on buffers, whatever op it comes from.
struct Convolution {
  ConvolutionShape shape;
  mlir::RankedTensorType inputType, resultType;
  mlir::Value input, bias, residual;
  mlir::ElementsAttr constantFilter, constantBias;
  std::optional<QuantizedConstants> quantized; ///< with `shape.quantized`: instead of the constants above
  mlir::Value filter;                          ///< buffer (M, C / group, spatial) where the filter is not constant
  int64_t residualBlock = 1;
  int64_t depth = 0; ///< of the algorithm's attribute
  cnn::AlgorithmKind kind = cnn::AlgorithmKind::Direct;
};

/// The reason why a feature map cannot be lowered; empty when it can.
llvm::StringRef getFeatureMapObstacle(mlir::RankedTensorType type);

/// Whether every channel is a group of its own, with one output.
bool isDepthwise(const ConvolutionShape &shape);

/// Fills what all convolutions share.
Convolution makeConvolution(KernelContext &context, cnn::WindowOpInterface op, mlir::RankedTensorType inputType,
                            mlir::RankedTensorType resultType, mlir::Value input, int64_t group);

/// All of `op` but what is not constant: its filter, bias and residual.
Convolution makeConvolution(KernelContext &context, cnn::ConvolutionOp op, mlir::Value input);

/// The same for a convolution of bytes; fails with the reason where there is no kernel for it.
llvm::FailureOr<Convolution> makeQuantizedConvolution(KernelContext &context, cnn::ConvolutionOp op, mlir::Value input,
                                                      llvm::StringRef &reason);

/// The register tile where selection has not written one: as many accumulators as fit.
void setDefaultTile(ConvolutionShape &shape, const TargetFacts &facts);

/// Whole buffers (batch first) for the kernels of `conv`: its input, the bias padded to whole blocks, the residual and
/// a new output in blocks of `shape.block` channels. The filter is left to the algorithm.
ConvolutionOperands makeOperands(mlir::OpBuilder &b, mlir::Location loc, KernelContext &context,
                                 const Convolution &conv);

/// The operands of image `n`, as flat views.
ConvolutionOperands getImage(mlir::OpBuilder &b, mlir::Location loc, const ConvolutionOperands &operands,
                             mlir::Value n);

/// The result's buffer in the layout of its type.
mlir::Value getResult(mlir::OpBuilder &b, mlir::Location loc, const Convolution &conv, mlir::Value output);

/// The kernel of one image, and the filter as it reads it.
struct ImageKernel {
  mlir::func::FuncOp function;
  mlir::Value filter;
};

/// The kernel that computes `conv` as its `kind` says where that is legal, else directly. May flatten its pixels.
ImageKernel getImageKernel(mlir::OpBuilder &b, mlir::Location loc, KernelContext &context, Convolution &conv);

/// Brings the input into the blocks that the kernel of `conv` reads.
void alignInput(mlir::OpBuilder &b, mlir::Location loc, Convolution &conv);

/// Emits a convolution by one kernel for each image.
mlir::Value emitConvolution(mlir::OpBuilder &b, mlir::Location loc, KernelContext &context, Convolution &conv);

/// Calls `body` for chunks of `size` positions of `extent` and for what is left, with where they start.
void forEachChunk(mlir::OpBuilder &b, mlir::Location loc, int64_t extent, int64_t size,
                  llvm::function_ref<void(mlir::OpBuilder &b, int64_t count, mlir::Value first)> body);

/// An algorithm of several kernels or with scratch memory: returns the result's buffer in the layout of its type, or
/// fails with the reason why it does not apply.
using EmitAlgorithmFn = llvm::FailureOr<mlir::Value>(mlir::OpBuilder &b, mlir::Location loc, KernelContext &context,
                                                     Convolution &conv, llvm::StringRef &reason);

EmitAlgorithmFn emitWinogradConvolution;
EmitAlgorithmFn emitIm2colConvolution;
EmitAlgorithmFn emitKn2rowConvolution;
EmitAlgorithmFn emitStrassenConvolution;
EmitAlgorithmFn emitImplicitGemmConvolution;
EmitAlgorithmFn emitFourierConvolution;
EmitAlgorithmFn emitTileConvolution;
EmitAlgorithmFn emitSparseConvolution;
EmitAlgorithmFn emitSparseInt8Convolution;

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_CONVOLUTIONLOWERING_H
