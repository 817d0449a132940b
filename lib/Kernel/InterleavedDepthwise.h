//===- InterleavedDepthwise.h - depthwise convolutions by products of bytes -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_INTERLEAVEDDEPTHWISE_H
#define WINNOW_LIB_KERNEL_INTERLEAVEDDEPTHWISE_H

#include "ConvolutionKernel.h"
#include "QuantizedConvolution.h"
#include "Requantize.h"

namespace winnow::kernel {

/// A depthwise convolution has no channels to add up four products over, but rows: four rows of four pixels of a block
/// of 16 channels are interleaved, so that the four rows of a channel of a pixel become one 32-bit lane, and a product
/// of bytes adds up a column of the window. Four vectors (of four channels each) hold a group of four pixels; groups
/// are moved along a row by shuffles of whole 128-bit parts, each made once for two rows of the output. The results
/// are packed in the order in which they are stored.
///
/// Columns beyond the input are zeros, rows beyond it are any row with weights of zero: there is a filter for each
/// class of rows, and the bias takes away what is missing.
class InterleavedDepthwise {
public:
  /// Pixels of a group: their 16 channels fill a vector of 512 bits.
  static constexpr int64_t kPixels = 4;

  static bool applies(const ConvolutionShape &shape, const TargetFacts &facts);

  InterleavedDepthwise(KernelBuilder &kb, const ConvolutionShape &shape, const TargetFacts &facts,
                       const ConvolutionOperands &operands);

  void emit();

private:
  /// Rows of the output that are computed together.
  struct Step {
    mlir::Value block;
    int64_t count;
    Values rows;    ///< where each input row starts that they read
    Values filters; ///< where the filter of each output row starts
    Values biases;  ///< where the biases of each output row start, column class 0
    Values outputs; ///< where each output row starts
  };

  Step makeStep(mlir::Value block, mlir::Value row, int64_t count);
  void emitStep(const Step &step);
  /// Groups of input pixels that are known when the kernel is made, and that are wholly inside.
  Values loadGroup(const Step &step, int64_t group);
  Values loadInnerGroup(const Step &step, mlir::Value group);
  Values interleave(mlir::ValueRange rows);
  mlir::Value shift(llvm::ArrayRef<Values> groups, int64_t part, int64_t tap);
  void emitGroup(const Step &step, llvm::ArrayRef<Values> groups, mlir::Value group, int64_t firstPixel,
                 int64_t pixels);
  mlir::Value loadBias(const Step &step, int64_t row, int64_t part, int64_t firstPixel);
  mlir::Value loadPart(mlir::Value buffer, mlir::Value position, int64_t elements);
  bool isInner(int64_t group) const;

  KernelBuilder &kb;
  const ConvolutionShape &shape;
  const WindowShape &window;
  ConvolutionOperands operands;
  Requantizer requantizer;
  int64_t quads;     ///< groups of four rows
  int64_t low, high; ///< groups of the input that group 0 of the output reads, first and last
};

mlir::func::FuncOp getInterleavedDepthwiseKernel(KernelContext &context, mlir::Location loc,
                                                 const ConvolutionShape &shape);

/// For each block of channels, class of rows, row of a step, group of four rows, tap of a row and part of four
/// channels: the weights of the four rows for each channel.
mlir::ElementsAttr packInterleavedDepthwise(const QuantizedConstants &constants, const ConvolutionShape &shape);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_INTERLEAVEDDEPTHWISE_H
