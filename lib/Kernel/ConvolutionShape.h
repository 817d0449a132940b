//===- ConvolutionShape.h - one convolution as numbers ----------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_CONVOLUTIONSHAPE_H
#define WINNOW_LIB_KERNEL_CONVOLUTIONSHAPE_H

#include "winnow/Dialect/CNN/CNN.h"

#include <array>
#include <optional>

namespace winnow::kernel {

/// Numbers of the spatial dimensions, always three (depth, height, width):
/// missing ones in front have extent 1.
using Spatial = std::array<int64_t, 3>;

/// How a window slides over one image: what convolutions and pools share.
struct WindowShape {
  Spatial in{1, 1, 1}, out{1, 1, 1}, kernel{1, 1, 1}, stride{1, 1, 1}, dilation{1, 1, 1}, pad{0, 0, 0};
  /// Outputs that are scattered over a larger image lie `step` positions of it apart, and `image` are its extents: zero
  /// where the outputs are an image of their own. Where the first one lies is an operand of the kernel.
  Spatial step{1, 1, 1}, image{0, 0, 0};

  /// Reads a window op's numbers; `input` and `output` are its feature maps.
  static WindowShape get(cnn::WindowOpInterface op, mlir::RankedTensorType input, mlir::RankedTensorType output);

  /// Whether tap `k` of output position `o` lies inside the input along `dim`.
  bool isInside(int64_t dim, int64_t o, int64_t k) const {
    int64_t at = o * stride[dim] - pad[dim] + k * dilation[dim];
    return at >= 0 && at < in[dim];
  }
  /// Whether all taps of all positions in [first, last] lie inside.
  bool isInterior(int64_t dim, int64_t first, int64_t last) const {
    return isInside(dim, first, 0) && isInside(dim, first, kernel[dim] - 1) && isInside(dim, last, 0) &&
           isInside(dim, last, kernel[dim] - 1);
  }
  bool isInterior(int64_t dim) const { return isInterior(dim, 0, out[dim] - 1); }
  int64_t getNumInputs() const { return in[0] * in[1] * in[2]; }
  int64_t getNumOutputs() const { return out[0] * out[1] * out[2]; }
  bool isScattered() const { return image[0] != 0; }
  /// Pixels of the image that outputs lie in, and those from one output to the next along each dimension.
  int64_t getImageSize() const { return isScattered() ? image[0] * image[1] * image[2] : getNumOutputs(); }
  Spatial getOutputStrides() const {
    const Spatial &extents = isScattered() ? image : out;
    return {step[0] * extents[1] * extents[2], step[1] * extents[2], step[2]};
  }
  int64_t getNumTaps() const { return kernel[0] * kernel[1] * kernel[2]; }
  /// A part of a kernel's name.
  std::string getName() const;
};

/// Positions of an output whose windows miss the same taps are of one class. Along each dimension there are `before`
/// classes of single positions, one of all positions in the interior, and `after` classes of single ones.
struct BorderClasses {
  Spatial before{0, 0, 0}, after{0, 0, 0};

  static BorderClasses get(const WindowShape &window);
  int64_t getCount(int64_t dim) const { return before[dim] + 1 + after[dim]; }
  int64_t getTotal() const { return getCount(0) * getCount(1) * getCount(2); }
  /// A position of class `c` along `dim` of extent `extent`.
  int64_t getPosition(int64_t dim, int64_t c, int64_t extent) const {
    return c <= before[dim] ? c : extent - getCount(dim) + c;
  }
};

/// The integers of a requantization that are known when the model is compiled.
struct Requantization {
  int64_t outputZero = 0, residualZero = 0;
  /// Where the activation clips; bytes saturate at 0 and 255 anyway.
  int64_t low = 0, high = 255;
  /// Whether a scaled sum may leave the range of i32, in which it is rounded.
  bool overflows = false;

  /// A part of a kernel's name.
  std::string getName() const;
};

/// What a convolution of bytes has beside the numbers of any.
struct QuantizedShape {
  Requantization requantization;
  /// Two neighbouring products never leave the range of i16.
  bool pairsFit = false;
  /// Sums start with a bias for each class: that of the taps inside, whose input zero point it takes away.
  BorderClasses classes;
  int64_t inputZero = 0;
  /// The largest magnitude that a sum of products, without zero points and bias, may have.
  double largestSum = 0;
};

/// One convolution of one image.
struct ConvolutionShape {
  WindowShape window;
  int64_t inChannels = 0, outChannels = 0, group = 1;
  /// Channels that lie together in the input (1: plain) and in the output.
  int64_t inBlock = 1, block = 1;
  /// Element types of input, output (and residual) and arithmetic.
  mlir::Type inType, outType, computeType;
  bool bias = false, residual = false;
  cnn::ActivationAttr activation;
  /// The register tile: output pixels by vectors of `block` output channels.
  int64_t pixels = 1, vectors = 1;
  /// The m of Winograd's F(m, r); 0 where no transform is used.
  int64_t outputs = 0;
  /// Bytes with i32 sums; f32 or bytes as results.
  std::optional<QuantizedShape> quantized;
  /// Steps multiply pairs of f16 channels in f16, see HalfTile.
  bool pairs = false;
  /// Of the packed filter where it is shorter than the arithmetic; null: as that.
  mlir::Type shortFilter = {};
  /// Winograd only: of each square of so many by so many outputs, the maximum is stored.
  int64_t pool = 1;

  /// Elements of the packed filter: those of the input where that has bytes.
  mlir::Type getFilterType() const { return quantized ? inType : shortFilter ? shortFilter : computeType; }
  /// Input channels that one step of the register tile takes.
  int64_t getStepChannels() const { return quantized ? 4 : pairs ? 2 : 1; }
  int64_t getGroupInputs() const { return inChannels / group; }
  int64_t getGroupOutputs() const { return outChannels / group; }
  int64_t getInBlocks() const { return (inChannels + inBlock - 1) / inBlock; }
  int64_t getOutBlocks() const { return (outChannels + block - 1) / block; }
  int64_t getInSize() const { return getInBlocks() * inBlock * window.getNumInputs(); }
  int64_t getOutSize() const { return getOutBlocks() * block * window.getImageSize() / (pool * pool); }

  /// First and last (exclusive) input channel that output channels [first, last) read.
  int64_t getFirstInput(int64_t first) const { return first / getGroupOutputs() * getGroupInputs(); }
  int64_t getEndInput(int64_t last) const { return ((last - 1) / getGroupOutputs() + 1) * getGroupInputs(); }

  /// Input blocks that packed filters hold for each group of `vectors` output blocks: the most any needs.
  int64_t getPackedInBlocks() const;
  /// Rows (steps of the reduction) of one packed group of output blocks.
  int64_t getPackedRows() const { return getPackedInBlocks() * window.getNumTaps() * inBlock; }
  /// Elements of the packed filter.
  int64_t getPackedSize() const { return getOutBlocks() * block * getPackedRows(); }

  /// A name that says all of the above.
  std::string getName() const;
};

/// A word for an activation that fits into a symbol, parameters included; "" for none.
std::string getActivationName(cnn::ActivationAttr activation);
/// A word for an element type: f32, bf16, i8.
std::string getTypeName(mlir::Type type);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_CONVOLUTIONSHAPE_H
