//===- Transforms.h - rewrites of the graph stage, one by one ---*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each rewrite is a function that changes one op or fails and tells the
// rewriter why, and a populate function that wraps it into patterns.
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_GRAPH_TRANSFORMS_H
#define WINNOW_GRAPH_TRANSFORMS_H

#include "winnow/Dialect/CNN/CNN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace winnow {

//===----------------------------------------------------------------------===//
// Shapes and constants
//===----------------------------------------------------------------------===//

/// Gives every value of `function` the most static type that can be inferred
/// from its arguments, and the function its results' types. Fails with an
/// error on an op whose attributes do not fit its operands.
mlir::LogicalResult inferShapes(mlir::FunctionOpInterface function);

/// Sets extent 0 of every argument where it is dynamic. Fails with an error
/// where no argument has a dynamic batch and theirs differs from `batch`.
mlir::LogicalResult setBatch(mlir::FunctionOpInterface function, int64_t batch);

/// How far constants are folded.
struct FoldConstantsOptions {
  /// Largest result in bytes, unless it is not larger than the operands together.
  int64_t maxBytes = 1 << 20;
  /// Whether constants are dequantized.
  bool dequantize = true;
};

/// Replaces an op by constants where all its operands are constant.
mlir::LogicalResult foldConstant(mlir::RewriterBase &rewriter, mlir::Operation *op,
                                 const FoldConstantsOptions &options);
void populateFoldConstantsPatterns(mlir::RewritePatternSet &patterns, const FoldConstantsOptions &options);

/// Frees the bytes of resources that no op in `root` refers to. Returns how many.
int64_t releaseConstants(mlir::Operation *root);

//===----------------------------------------------------------------------===//
// Elimination
//===----------------------------------------------------------------------===//

/// The value that `op` merely repeats; null if it does something.
mlir::Value getIdentitySource(mlir::Operation *op);

/// Replaces an op that does nothing by its operand.
mlir::LogicalResult eliminateIdentity(mlir::RewriterBase &rewriter, mlir::Operation *op);
void populateEliminateIdentityPatterns(mlir::RewritePatternSet &patterns);

/// Lets a convolution or pool do the padding of the `cnn.pad` that feeds it.
mlir::LogicalResult eliminatePad(mlir::RewriterBase &rewriter, cnn::WindowOpInterface op);
void populateEliminatePadPatterns(mlir::RewritePatternSet &patterns);

/// Merges a transpose with the one that feeds it.
mlir::LogicalResult mergeTransposes(mlir::RewriterBase &rewriter, cnn::TransposeOp op);
/// Moves the transposes of all operands behind the op.
mlir::LogicalResult sinkTransposes(mlir::RewriterBase &rewriter, mlir::Operation *op);
void populateCancelTransposesPatterns(mlir::RewritePatternSet &patterns);

/// Merges a reshape with the one that feeds it.
mlir::LogicalResult mergeReshapes(mlir::RewriterBase &rewriter, cnn::ReshapeOp op);
/// Moves a reshape behind an activation, closer to where its producer can take it.
mlir::LogicalResult sinkReshape(mlir::RewriterBase &rewriter, cnn::ActivationOpInterface op);
void populateMergeReshapesPatterns(mlir::RewritePatternSet &patterns);

//===----------------------------------------------------------------------===//
// Other forms
//===----------------------------------------------------------------------===//

/// Writes the padding that `auto_pad` means.
mlir::LogicalResult resolveAutoPad(mlir::RewriterBase &rewriter, cnn::WindowOpInterface op);
void populateResolveAutoPadPatterns(mlir::RewritePatternSet &patterns);

/// Replaces reductions and pools over whole feature maps by `cnn.global_pool`.
void populateRecognizeGlobalPoolPatterns(mlir::RewritePatternSet &patterns);

/// Replaces groups of ops that compute an activation by that activation.
void populateRecognizeActivationsPatterns(mlir::RewritePatternSet &patterns);

/// Which fully connected layers become convolutions besides those on flattened maps of one pixel.
struct FcToConvOptions {
  bool spatial = false; ///< those on flattened maps of more
  double zeros = 2;     ///< those of one row of anything, whose weights have at least this part of zeros
};
/// Replaces a fully connected layer by a convolution.
mlir::FailureOr<cnn::ConvolutionOp> convertFcToConv(mlir::RewriterBase &rewriter, cnn::GemmOp op,
                                                    const FcToConvOptions &options);
mlir::FailureOr<cnn::ConvolutionOp> convertFcToConv(mlir::RewriterBase &rewriter, cnn::MatmulOp op,
                                                    const FcToConvOptions &options);
void populateConvertFcToConvPatterns(mlir::RewritePatternSet &patterns, const FcToConvOptions &options);

//===----------------------------------------------------------------------===//
// Fusion
//===----------------------------------------------------------------------===//

/// Folds a batch normalisation into the convolution before or after it, or
/// writes it as a multiplication and an addition for each channel.
mlir::LogicalResult foldBatchNorm(mlir::RewriterBase &rewriter, cnn::BatchNormOp op);
void populateFoldBatchNormPatterns(mlir::RewritePatternSet &patterns);

/// Folds an addition, subtraction, multiplication or division by constants for
/// each channel into the convolution before or after it.
mlir::LogicalResult fuseBias(mlir::RewriterBase &rewriter, mlir::Operation *op);
void populateFuseBiasPatterns(mlir::RewritePatternSet &patterns);

/// Makes the addition of two feature maps a part of the convolution that
/// computes one of them.
mlir::FailureOr<cnn::ConvolutionOp> fuseResidual(mlir::RewriterBase &rewriter, cnn::AddOp op);
void populateFuseResidualPatterns(mlir::RewritePatternSet &patterns);

/// Makes an activation a part of the convolution or gemm that feeds it.
mlir::LogicalResult fuseActivation(mlir::RewriterBase &rewriter, cnn::ActivationOpInterface op);
void populateFuseActivationPatterns(mlir::RewritePatternSet &patterns);

//===----------------------------------------------------------------------===//
// Movement of channels
//===----------------------------------------------------------------------===//

/// Replaces channel shuffles, slices and concatenations by gathers from
/// concatenations of what ops computed. Returns how many gathers there are.
int64_t gatherChannels(mlir::func::FuncOp function);

/// Replaces the first operands of a concatenation by the earlier concatenation of the same.
mlir::LogicalResult nestConcat(mlir::RewriterBase &rewriter, cnn::ConcatOp op);

//===----------------------------------------------------------------------===//
// Contract
//===----------------------------------------------------------------------===//

/// Checks what the graph stage promises to those after it.
mlir::LogicalResult verifyGraph(mlir::FunctionOpInterface function);

} // namespace winnow

#endif // WINNOW_GRAPH_TRANSFORMS_H
