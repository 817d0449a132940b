//===- CNNBase.td - dialect, type constraints and op base classes -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DIALECT_CNN_CNNBASE_TD
#define WINNOW_DIALECT_CNN_CNNBASE_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def CNN_Dialect : Dialect {
  let name = "cnn";
  let cppNamespace = "::winnow::cnn";
  let summary = "Convolutional networks as graphs of tensor operations";
  let description = [{
    The `cnn` dialect holds an inference network as values of ranked tensor type
    and pure operations on them. Semantics follow the ONNX operator of the same
    meaning; names and attributes use the terms of the field. Shapes of feature
    maps are written NCHW (batch, channels, then 1 to 3 spatial dimensions),
    filters OIHW (output channels, input channels of one group, spatial).

    Element types: `f32`, `f64`, `f16`, `bf16`, signless integers for ONNX's
    signed ones (`i8` is int8), `ui8`..`ui64` for unsigned ones, `i1` for bool, and
    `!quant.uniform` for integers that stand for real numbers. Ops that only move
    elements take these as they are; what the others compute is said with each.
    `quant.scast` leads from stored integers to what they stand for (filters).
    A type may carry `#cnn.layout` as its encoding: the logical shape stays, the
    physical one changes. Encodings do not take part in shape inference.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::quant::QuantDialect"];
  let extraClassDeclaration = [{
    void registerCNNAttributes();
    // Each family of ops is registered by the file that defines it.
    void registerConvolutionOps();
    void registerPoolingOps();
    void registerMatmulOps();
    void registerNormalizationOps();
    void registerActivationOps();
    void registerElementwiseOps();
    void registerReductionOps();
    void registerShapeOps();
    void registerIndexingOps();
    void registerSpatialOps();
    void registerQuantizationOps();
  }];
}

//===----------------------------------------------------------------------===//
// Type constraints
//===----------------------------------------------------------------------===//

def CNN_Float : AnyTypeOf<[F16, BF16, F32, F64]>;
def CNN_Int : AnyTypeOf<[I8, I16, I32, I64, UI8, UI16, UI32, UI64]>;
def CNN_Number : AnyTypeOf<[F16, BF16, F32, F64, I8, I16, I32, I64, UI8, UI16, UI32, UI64]>;
def CNN_Element : AnyTypeOf<[F16, BF16, F32, F64, I1, I8, I16, I32, I64, UI8, UI16, UI32, UI64]>;

/// Integers of one scale that stand for real numbers.
def CNN_UniformQuantized : Type<CPred<"::llvm::isa<::mlir::quant::UniformQuantizedType>($_self)">, "quantized type">;
/// The same with any scales: of channels, of blocks.
def CNN_AnyQuantized : Type<CPred<"::llvm::isa<::mlir::quant::QuantizedType>($_self)">, "quantized type">;

/// A ranked tensor of any element type of the dialect that is not quantized.
def CNN_Tensor : RankedTensorOf<[CNN_Element]>;
def CNN_UniformQuantizedTensor : RankedTensorOf<[CNN_UniformQuantized]>;
def CNN_AnyQuantizedTensor : RankedTensorOf<[CNN_AnyQuantized]>;
/// Of any element type at all, for ops that only move elements.
def CNN_MovableTensor : RankedTensorOf<[CNN_Element, CNN_UniformQuantized]>;
def CNN_NumberOrQuantizedTensor : RankedTensorOf<[CNN_Number, CNN_UniformQuantized]>;
def CNN_FloatOrQuantizedTensor : RankedTensorOf<[CNN_Float, CNN_UniformQuantized]>;
def CNN_FilterTensor : RankedTensorOf<[CNN_Float, CNN_AnyQuantized]>;
def CNN_BiasTensor : RankedTensorOf<[CNN_Float, I32]>;
def CNN_FloatTensor : RankedTensorOf<[CNN_Float]>;
def CNN_NumberTensor : RankedTensorOf<[CNN_Number]>;
def CNN_IntTensor : RankedTensorOf<[CNN_Int]>;
def CNN_BoolTensor : RankedTensorOf<[I1]>;
def CNN_IndexTensor : RankedTensorOf<[I32, I64]>;
def CNN_I64Tensor : RankedTensorOf<[I64]>;
def CNN_Quantized : AnyTypeOf<[I8, UI8, I16, UI16, I32]>;
def CNN_QuantizedTensor : RankedTensorOf<[CNN_Quantized]>;

//===----------------------------------------------------------------------===//
// Op bases
//===----------------------------------------------------------------------===//

/// Every op of the dialect is pure: networks have no state when they infer.
class CNN_Op<string mnemonic, list<Trait> traits = []>
    : Op<CNN_Dialect, mnemonic, !listconcat(traits, [Pure])>;

/// An op whose result types follow from its operands and attributes. A result
/// may be written with more or fewer static extents than inferred, and with a
/// layout encoding; extents that both know must agree. Tests name this
/// constraint (R).
class CNN_InferredOp<string mnemonic, list<Trait> traits = []>
    : CNN_Op<mnemonic, !listconcat(traits, [InferTypeOpAdaptor])> {
  code compatibleReturnTypes = [{
    static bool isCompatibleReturnTypes(::mlir::TypeRange inferred, ::mlir::TypeRange actual) {
      return ::winnow::cnn::areCompatibleTypes(inferred, actual);
    }
  }];
  // The same where results may have a quantization of their own, or none.
  code requantizedReturnTypes = [{
    static bool isCompatibleReturnTypes(::mlir::TypeRange inferred, ::mlir::TypeRange actual) {
      return ::winnow::cnn::areCompatibleTypes(inferred, actual, /*requantized=*/true);
    }
  }];
  let extraClassDeclaration = compatibleReturnTypes;
}

#endif // WINNOW_DIALECT_CNN_CNNBASE_TD
