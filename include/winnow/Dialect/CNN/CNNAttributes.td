//===- CNNAttributes.td - enums and attributes of the dialect -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DIALECT_CNN_CNNATTRIBUTES_TD
#define WINNOW_DIALECT_CNN_CNNATTRIBUTES_TD

include "winnow/Dialect/CNN/CNNBase.td"

class CNN_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::winnow::cnn";
  let genSpecializedAttr = 0;
}
class CNN_EnumAttr<EnumAttrInfo info, string mnemonic>
    : EnumAttr<CNN_Dialect, info, mnemonic>;
class Case<string name, int value, string word> : I32EnumAttrCase<name, value, word>;

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

def CNN_AutoPad : CNN_Enum<"AutoPad", "how a window op finds its padding", [
  Case<"Explicit", 0, "explicit">, Case<"SameUpper", 1, "same_upper">,
  Case<"SameLower", 2, "same_lower">, Case<"Valid", 3, "valid">]>;
def CNN_AutoPadAttr : CNN_EnumAttr<CNN_AutoPad, "auto_pad">;

def CNN_PoolKind : CNN_Enum<"PoolKind", "what a global pool computes", [
  Case<"Average", 0, "average">, Case<"Max", 1, "max">, Case<"Lp", 2, "lp">]>;
def CNN_PoolKindAttr : CNN_EnumAttr<CNN_PoolKind, "pool_kind">;

//===----------------------------------------------------------------------===//
// Elementwise functions
//===----------------------------------------------------------------------===//

def CNN_ActivationKind : CNN_Enum<"ActivationKind", "an activation function", [
  Case<"Relu", 0, "relu">, Case<"Clip", 1, "clip">, Case<"LeakyRelu", 2, "leaky_relu">,
  Case<"Elu", 3, "elu">, Case<"Selu", 4, "selu">, Case<"Celu", 5, "celu">,
  Case<"Sigmoid", 6, "sigmoid">, Case<"HardSigmoid", 7, "hard_sigmoid">,
  Case<"HardSwish", 8, "hard_swish">, Case<"Swish", 9, "swish">,
  Case<"Gelu", 10, "gelu">, Case<"GeluTanh", 11, "gelu_tanh">, Case<"Mish", 12, "mish">,
  Case<"Softplus", 13, "softplus">, Case<"Softsign", 14, "softsign">,
  Case<"Tanh", 15, "tanh">, Case<"Erf", 16, "erf">,
  Case<"ThresholdedRelu", 17, "thresholded_relu">, Case<"Shrink", 18, "shrink">]>;

def CNN_ActivationAttr : AttrDef<CNN_Dialect, "Activation"> {
  let mnemonic = "activation";
  let summary = "an activation function with its parameters";
  let description = [{
    One scalar function applied to every element. `params` hold the function's
    parameters in the order of ONNX's attributes: `leaky_relu`, `elu`, `celu`,
    `swish`, `thresholded_relu` (alpha); `selu` (alpha, gamma); `hard_sigmoid`
    (alpha, beta); `clip` (min, max); `shrink` (bias, lambd). The others have none.

    Example: `#cnn.activation<relu>`, `#cnn.activation<clip(0.0, 6.0)>`
  }];
  let parameters = (ins "::winnow::cnn::ActivationKind":$kind,
                        OptionalParameter<"::mlir::DenseF64ArrayAttr">:$params);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [AttrBuilder<(ins "::winnow::cnn::ActivationKind":$kind,
                                   CArg<"::llvm::ArrayRef<double>", "{}">:$params), [{
    return $_get($_ctxt, kind, params.empty() ? ::mlir::DenseF64ArrayAttr()
                                   : ::mlir::DenseF64ArrayAttr::get($_ctxt, params));
  }]>];
  let extraClassDeclaration = [{
    /// Parameter `i`, which the verifier guarantees to exist for the kind.
    double getParam(unsigned i) const { return getParams()[i]; }
    /// How many parameters `kind` takes.
    static unsigned getNumParams(ActivationKind kind);
  }];
}

def CNN_ElementwiseKind : CNN_Enum<"ElementwiseKind", "a scalar function of one or two operands", [
  Case<"Abs", 0, "abs">, Case<"Neg", 1, "neg">, Case<"Ceil", 2, "ceil">, Case<"Floor", 3, "floor">,
  Case<"Round", 4, "round">, Case<"Sqrt", 5, "sqrt">, Case<"Exp", 6, "exp">, Case<"Log", 7, "log">,
  Case<"Reciprocal", 8, "reciprocal">, Case<"Sign", 9, "sign">,
  Case<"Sin", 10, "sin">, Case<"Cos", 11, "cos">, Case<"Tan", 12, "tan">,
  Case<"Asin", 13, "asin">, Case<"Acos", 14, "acos">, Case<"Atan", 15, "atan">,
  Case<"Sinh", 16, "sinh">, Case<"Cosh", 17, "cosh">,
  Case<"Asinh", 18, "asinh">, Case<"Acosh", 19, "acosh">, Case<"Atanh", 20, "atanh">,
  Case<"Not", 21, "not">, Case<"BitwiseNot", 22, "bitwise_not">,
  Case<"IsNaN", 23, "is_nan">, Case<"IsInf", 24, "is_inf">,
  Case<"Add", 40, "add">, Case<"Sub", 41, "sub">, Case<"Mul", 42, "mul">, Case<"Div", 43, "div">,
  Case<"Mod", 44, "mod">, Case<"Pow", 45, "pow">, Case<"Min", 46, "min">, Case<"Max", 47, "max">,
  Case<"PRelu", 48, "prelu">,
  Case<"Equal", 60, "equal">, Case<"Less", 61, "less">, Case<"LessOrEqual", 62, "less_or_equal">,
  Case<"Greater", 63, "greater">, Case<"GreaterOrEqual", 64, "greater_or_equal">,
  Case<"And", 70, "and">, Case<"Or", 71, "or">, Case<"Xor", 72, "xor">,
  Case<"BitwiseAnd", 73, "bitwise_and">, Case<"BitwiseOr", 74, "bitwise_or">,
  Case<"BitwiseXor", 75, "bitwise_xor">,
  Case<"ShiftLeft", 76, "shift_left">, Case<"ShiftRight", 77, "shift_right">]>;

//===----------------------------------------------------------------------===//
// Modes
//===----------------------------------------------------------------------===//

def CNN_ReductionKind : CNN_Enum<"ReductionKind", "what a reduction computes", [
  Case<"Sum", 0, "sum">, Case<"Mean", 1, "mean">, Case<"Max", 2, "max">, Case<"Min", 3, "min">,
  Case<"Prod", 4, "prod">, Case<"L1", 5, "l1">, Case<"L2", 6, "l2">, Case<"LogSum", 7, "log_sum">,
  Case<"LogSumExp", 8, "log_sum_exp">, Case<"SumSquare", 9, "sum_square">]>;
def CNN_ReductionKindAttr : CNN_EnumAttr<CNN_ReductionKind, "reduction_kind">;

def CNN_ScatterKind : CNN_Enum<"ScatterKind", "how a scatter combines", [
  Case<"Replace", 0, "replace">, Case<"Add", 1, "add">, Case<"Mul", 2, "mul">,
  Case<"Max", 3, "max">, Case<"Min", 4, "min">]>;
def CNN_ScatterKindAttr : CNN_EnumAttr<CNN_ScatterKind, "scatter_kind">;

def CNN_PadMode : CNN_Enum<"PadMode", "what padding is filled with", [
  Case<"Constant", 0, "constant">, Case<"Reflect", 1, "reflect">,
  Case<"Edge", 2, "edge">, Case<"Wrap", 3, "wrap">]>;
def CNN_PadModeAttr : CNN_EnumAttr<CNN_PadMode, "pad_mode">;

def CNN_ResizeMode : CNN_Enum<"ResizeMode", "interpolation of a resize", [
  Case<"Nearest", 0, "nearest">, Case<"Linear", 1, "linear">, Case<"Cubic", 2, "cubic">]>;
def CNN_ResizeModeAttr : CNN_EnumAttr<CNN_ResizeMode, "resize_mode">;

def CNN_CoordinateMode : CNN_Enum<"CoordinateMode", "output to input coordinates of a resize", [
  Case<"HalfPixel", 0, "half_pixel">, Case<"HalfPixelSymmetric", 1, "half_pixel_symmetric">,
  Case<"PytorchHalfPixel", 2, "pytorch_half_pixel">, Case<"AlignCorners", 3, "align_corners">,
  Case<"Asymmetric", 4, "asymmetric">, Case<"CropAndResize", 5, "tf_crop_and_resize">,
  Case<"HalfPixelForNearest", 6, "tf_half_pixel_for_nn">]>;
def CNN_CoordinateModeAttr : CNN_EnumAttr<CNN_CoordinateMode, "coordinate_mode">;

def CNN_NearestMode : CNN_Enum<"NearestMode", "rounding of a nearest resize", [
  Case<"RoundPreferFloor", 0, "round_prefer_floor">, Case<"RoundPreferCeil", 1, "round_prefer_ceil">,
  Case<"Floor", 2, "floor">, Case<"Ceil", 3, "ceil">]>;
def CNN_NearestModeAttr : CNN_EnumAttr<CNN_NearestMode, "nearest_mode">;

def CNN_DepthMode : CNN_Enum<"DepthMode", "order of depth and block", [
  Case<"DepthColumnRow", 0, "dcr">, Case<"ColumnRowDepth", 1, "crd">]>;
def CNN_DepthModeAttr : CNN_EnumAttr<CNN_DepthMode, "depth_mode">;

def CNN_SamplePadding : CNN_Enum<"SamplePadding", "what lies outside a sampled picture", [
  Case<"Zeros", 0, "zeros">, Case<"Border", 1, "border">, Case<"Reflection", 2, "reflection">]>;
def CNN_SamplePaddingAttr : CNN_EnumAttr<CNN_SamplePadding, "sample_padding">;

//===----------------------------------------------------------------------===//
// Layout and algorithm
//===----------------------------------------------------------------------===//

def CNN_LayoutAttr : AttrDef<CNN_Dialect, "Layout"> {
  let mnemonic = "layout";
  let summary = "how a feature map lies in memory";
  let description = [{
    Encoding of a tensor type whose logical shape is NCHW (any number of spatial
    dimensions). `block` channels lie together: the physical shape of
    `tensor<1x64x56x56xf32, #cnn.layout<block = 16>>` is `1x4x56x56x16`. Channels
    are padded to a multiple of the block; padding channels hold zeros. `halo`
    rows and columns of zeros surround every spatial dimension on each side.

    Example: `#cnn.layout<block = 16>`, `#cnn.layout<block = 16, halo = 1>`
  }];
  let parameters = (ins "int64_t":$block, DefaultValuedParameter<"int64_t", "0">:$halo);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def CNN_AlgorithmKind : CNN_Enum<"AlgorithmKind", "how a convolution is computed", [
  Case<"Direct", 0, "direct">, Case<"Pointwise", 1, "pointwise">, Case<"Depthwise", 2, "depthwise">,
  Case<"FirstLayer", 3, "first_layer">, Case<"Generic", 4, "generic">,
  Case<"Im2col", 5, "im2col">, Case<"Kn2row", 6, "kn2row">, Case<"Winograd", 7, "winograd">,
  Case<"FFT", 8, "fft">, Case<"Gemv", 9, "gemv">, Case<"ImplicitGemm", 10, "implicit_gemm">,
  Case<"Grouped", 11, "grouped">, Case<"Strassen", 12, "strassen">, Case<"RowStrips", 13, "row_strips">,
  Case<"Tiles", 14, "tiles">, Case<"Sparse", 15, "sparse">]>;

def CNN_AlgorithmAttr : AttrDef<CNN_Dialect, "Algorithm"> {
  let mnemonic = "algorithm";
  let summary = "the algorithm of one convolution with its register tile";
  let description = [{
    Written by selection, obeyed by the kernel generator; a user or a tuner may
    overwrite it. The register tile is `pixels` output pixels by `channels`
    output channels (a multiple of the vector width), `depth` the input
    channels of one pass over it (0: all of them). `outputs` is what an
    algorithm transforms or keeps together: the m of Winograd's F(m, r), the
    positions of an FFT along a dimension (`depth` then counts the rows of tiles
    of a chunk), the pixels of a chunk of Strassen's algorithm, of a matrix of
    patches or of implicit products, the rows of a chunk of kn2row, the rows (of
    pointwise convolutions the pixels) that tiles of matrix units share; `pixels`
    are the rows of such a tile.
    In a group of `row_strips`, `depth` counts the ops of the group that follow,
    and `outputs` the rows of a strip. A `depth` of 1 lets `winograd` store the
    maxima of the pool that follows. Of `sparse`, `pixels` counts vectors of
    pixels in a row, `channels` the input channels of a pass, `depth` the output channels that share a pattern of zeros,
    `outputs` the rows of a tile (0: pixels lie in one line).

    Example: `#cnn.algorithm<direct, pixels = 14, channels = 32>`
    Example: `#cnn.algorithm<winograd, pixels = 14, channels = 32, outputs = 4>`
  }];
  let parameters = (ins "::winnow::cnn::AlgorithmKind":$kind,
                        DefaultValuedParameter<"int64_t", "0">:$pixels,
                        DefaultValuedParameter<"int64_t", "0">:$channels,
                        DefaultValuedParameter<"int64_t", "0">:$depth,
                        DefaultValuedParameter<"int64_t", "0">:$outputs);
  let hasCustomAssemblyFormat = 1;
}

def CNN_SparseFormat : CNN_Enum<"SparseFormat", "how the places of nonzero weights are stored", [
  Case<"Indices8", 0, "indices8">, Case<"Indices16", 1, "indices16">, Case<"Bitmask", 2, "bitmask">]>;

def CNN_SparseAttr : AttrDef<CNN_Dialect, "Sparse"> {
  let mnemonic = "sparse";
  let summary = "how the filter of a layer is stored without its zeros";
  let description = [{
    Written by selection onto layers that are computed without the zeros of their
    filter (`winnow.sparse`). `rows` neighbouring output channels share the places
    of their nonzero weights; `nonzeros` of all `elements` weights are stored (a
    zero beside a nonzero weight of the same place included). Their places are
    indices of 8 or 16 bits, or one bit for every weight.

    Example: `#cnn.sparse<indices8, rows = 4, nonzeros = 12288, elements = 36864>`
  }];
  let parameters = (ins EnumParameter<CNN_SparseFormat>:$format, "int64_t":$rows, "int64_t":$nonzeros,
                        "int64_t":$elements);
  let assemblyFormat = "`<` $format `,` struct($rows, $nonzeros, $elements) `>`";
  let genVerifyDecl = 1;
}

#endif // WINNOW_DIALECT_CNN_CNNATTRIBUTES_TD
