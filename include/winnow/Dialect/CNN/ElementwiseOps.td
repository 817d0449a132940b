//===- ElementwiseOps.td - arithmetic, comparison, logic, cast and choice -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "winnow/Dialect/CNN/CNNAttributes.td"
include "winnow/Dialect/CNN/CNNInterfaces.td"

/// y = f(x) for every element.
class CNN_UnaryOp<string mnemonic, string kind, string text, TypeConstraint operand = CNN_NumberTensor>
    : CNN_InferredOp<mnemonic, [CNN_ElementwiseOpInterface]> {
  let summary = text;
  let description = "y = " # text # ", for every element; the result has the shape of the input.\n\nExample:\n```mlir\n%y = cnn." # mnemonic # " %x : (" #
      !cond(!eq(mnemonic, "not"): "tensor<4xi1>) -> tensor<4xi1>",
            !eq(mnemonic, "bitwise_not"): "tensor<4xi8>) -> tensor<4xi8>",
            !eq(mnemonic, "is_nan"): "tensor<4xf32>) -> tensor<4xi1>", true: "tensor<4xf32>) -> tensor<4xf32>") # "\n```";
  let arguments = (ins operand:$input);
  let results = (outs CNN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = compatibleReturnTypes # [{
    ElementwiseKind getElementwiseKind() { return ElementwiseKind::}] # kind # "; }\n";
}

/// y = f(a, b) for every element of the broadcast operands.
class CNN_BinaryOp<string mnemonic, string kind, string text, TypeConstraint operand = CNN_NumberTensor,
                   string type = "f32", string resultType = type, list<Trait> traits = [],
                   TypeConstraint result = CNN_Tensor, string quantized = "">
    : CNN_InferredOp<mnemonic, !listconcat(traits, [CNN_ElementwiseOpInterface])> {
  let summary = text;
  let description = "y = " # text # ", for every element of the broadcast operands.\n\nConstraints:\n" #
                    "- (B1) both operands have one element type.\n- (B2) they broadcast: dimensions align from the " #
                    "right, an extent of 1 stretches.\n" # quantized #
                    !if(!eq(mnemonic, "prelu"), "- (C1) the slope broadcasts to the shape of `lhs`.\n", "") #
                    "\nExample:\n```mlir\n%y = cnn." # mnemonic # " %a, %b : (tensor<2x4x" # type # ">, tensor<4x" # type #
                    ">) -> tensor<2x4x" # resultType # ">\n```";
  let arguments = (ins operand:$lhs, operand:$rhs);
  let results = (outs result:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = !if(!empty(quantized), compatibleReturnTypes, requantizedReturnTypes) # [{
    ElementwiseKind getElementwiseKind() { return ElementwiseKind::}] # kind # "; }\n";
}

/// One that computes with quantized operands too: `formula` says what, for operands without their zero points.
class CNN_QuantizableOp<string mnemonic, string kind, string text, string formula>
    : CNN_BinaryOp<mnemonic, kind, text, CNN_NumberOrQuantizedTensor, "f32", "f32", [Commutative],
                   CNN_NumberOrQuantizedTensor,
                   "- (Q) operands are quantized both or not at all (then with scales of their own), and the result " #
                   "with them or of the real type.\n\nOf quantized operands (a and b without zero points, scales sa, sb " #
                   "and sy, each step rounded to f32): t = " # formula # ", and the result is t rounded (halves to " #
                   "even) plus its zero point, saturated. An f32 result has sy = 1.\n">;

def CNN_AbsOp : CNN_UnaryOp<"abs", "Abs", "|x|">;
def CNN_NegOp : CNN_UnaryOp<"neg", "Neg", "-x">;
def CNN_CeilOp : CNN_UnaryOp<"ceil", "Ceil", "smallest integer not below x", CNN_FloatTensor>;
def CNN_FloorOp : CNN_UnaryOp<"floor", "Floor", "largest integer not above x", CNN_FloatTensor>;
def CNN_RoundOp : CNN_UnaryOp<"round", "Round", "nearest integer, halves to even", CNN_FloatTensor>;
def CNN_SqrtOp : CNN_UnaryOp<"sqrt", "Sqrt", "square root", CNN_FloatTensor>;
def CNN_ExpOp : CNN_UnaryOp<"exp", "Exp", "e to the x", CNN_FloatTensor>;
def CNN_LogOp : CNN_UnaryOp<"log", "Log", "natural logarithm", CNN_FloatTensor>;
def CNN_ReciprocalOp : CNN_UnaryOp<"reciprocal", "Reciprocal", "1 / x", CNN_FloatTensor>;
def CNN_SignOp : CNN_UnaryOp<"sign", "Sign", "-1, 0 or 1">;
def CNN_SinOp : CNN_UnaryOp<"sin", "Sin", "sine", CNN_FloatTensor>;
def CNN_CosOp : CNN_UnaryOp<"cos", "Cos", "cosine", CNN_FloatTensor>;
def CNN_TanOp : CNN_UnaryOp<"tan", "Tan", "tangent", CNN_FloatTensor>;
def CNN_AsinOp : CNN_UnaryOp<"asin", "Asin", "inverse sine", CNN_FloatTensor>;
def CNN_AcosOp : CNN_UnaryOp<"acos", "Acos", "inverse cosine", CNN_FloatTensor>;
def CNN_AtanOp : CNN_UnaryOp<"atan", "Atan", "inverse tangent", CNN_FloatTensor>;
def CNN_SinhOp : CNN_UnaryOp<"sinh", "Sinh", "hyperbolic sine", CNN_FloatTensor>;
def CNN_CoshOp : CNN_UnaryOp<"cosh", "Cosh", "hyperbolic cosine", CNN_FloatTensor>;
def CNN_AsinhOp : CNN_UnaryOp<"asinh", "Asinh", "inverse hyperbolic sine", CNN_FloatTensor>;
def CNN_AcoshOp : CNN_UnaryOp<"acosh", "Acosh", "inverse hyperbolic cosine", CNN_FloatTensor>;
def CNN_AtanhOp : CNN_UnaryOp<"atanh", "Atanh", "inverse hyperbolic tangent", CNN_FloatTensor>;
def CNN_NotOp : CNN_UnaryOp<"not", "Not", "logical negation", CNN_BoolTensor>;
def CNN_BitwiseNotOp : CNN_UnaryOp<"bitwise_not", "BitwiseNot", "all bits flipped", CNN_IntTensor>;
def CNN_IsNaNOp : CNN_UnaryOp<"is_nan", "IsNaN", "true where x is not a number", CNN_FloatTensor>;
def CNN_IsInfOp : CNN_InferredOp<"is_inf"> {
  let summary = "true where x is an infinity of a wanted sign";
  let description = [{
    Example:
    ```mlir
    %y = cnn.is_inf %x : (tensor<4xf32>) -> tensor<4xi1>
    ```
  }];
  let arguments = (ins CNN_FloatTensor:$input, DefaultValuedAttr<BoolAttr, "true">:$detect_negative,
                       DefaultValuedAttr<BoolAttr, "true">:$detect_positive);
  let results = (outs CNN_BoolTensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def CNN_AddOp : CNN_QuantizableOp<"add", "Add", "a + b", "a * (sa / sy) + b * (sb / sy)">;
def CNN_SubOp : CNN_BinaryOp<"sub", "Sub", "a - b">;
def CNN_MulOp : CNN_QuantizableOp<"mul", "Mul", "a * b", "(a * b) * (sa * sb / sy)">;
def CNN_DivOp : CNN_BinaryOp<"div", "Div", "a / b; integers round towards zero">;
def CNN_MinOp : CNN_BinaryOp<"min", "Min", "the smaller of a and b; NaN wins", CNN_NumberTensor, "f32", "f32", [Commutative]>;
def CNN_MaxOp : CNN_BinaryOp<"max", "Max", "the larger of a and b; NaN wins", CNN_NumberTensor, "f32", "f32", [Commutative]>;
def CNN_PReluOp : CNN_BinaryOp<"prelu", "PRelu", "a if a >= 0, else a * b (slope)">;
def CNN_EqualOp : CNN_BinaryOp<"equal", "Equal", "a = b", CNN_Tensor, "f32", "i1", [Commutative]>;
def CNN_LessOp : CNN_BinaryOp<"less", "Less", "a < b", CNN_NumberTensor, "f32", "i1">;
def CNN_LessOrEqualOp : CNN_BinaryOp<"less_or_equal", "LessOrEqual", "a <= b", CNN_NumberTensor, "f32", "i1">;
def CNN_GreaterOp : CNN_BinaryOp<"greater", "Greater", "a > b", CNN_NumberTensor, "f32", "i1">;
def CNN_GreaterOrEqualOp : CNN_BinaryOp<"greater_or_equal", "GreaterOrEqual", "a >= b", CNN_NumberTensor, "f32", "i1">;
def CNN_AndOp : CNN_BinaryOp<"and", "And", "logical and", CNN_BoolTensor, "i1", "i1", [Commutative]>;
def CNN_OrOp : CNN_BinaryOp<"or", "Or", "logical or", CNN_BoolTensor, "i1", "i1", [Commutative]>;
def CNN_XorOp : CNN_BinaryOp<"xor", "Xor", "logical exclusive or", CNN_BoolTensor, "i1", "i1", [Commutative]>;
def CNN_BitwiseAndOp : CNN_BinaryOp<"bitwise_and", "BitwiseAnd", "and of all bits", CNN_IntTensor, "i32", "i32", [Commutative]>;
def CNN_BitwiseOrOp : CNN_BinaryOp<"bitwise_or", "BitwiseOr", "or of all bits", CNN_IntTensor, "i32", "i32", [Commutative]>;
def CNN_BitwiseXorOp : CNN_BinaryOp<"bitwise_xor", "BitwiseXor", "exclusive or of all bits", CNN_IntTensor, "i32", "i32", [Commutative]>;
def CNN_ShiftLeftOp : CNN_BinaryOp<"shift_left", "ShiftLeft", "bits moved up", CNN_IntTensor, "ui32">;
def CNN_ShiftRightOp : CNN_BinaryOp<"shift_right", "ShiftRight", "bits moved down; zeros come in, copies of the sign where a is signed", CNN_IntTensor, "ui32">;

def CNN_PowOp : CNN_InferredOp<"pow", [CNN_ElementwiseOpInterface]> {
  let summary = "a to the power of b, in the element type of a";
  let description = [{
    Constraints:
    - (B2) the operands broadcast.

    Example:
    ```mlir
    %y = cnn.pow %a, %b : (tensor<2x4xf32>, tensor<i64>) -> tensor<2x4xf32>
    ```
  }];
  let arguments = (ins CNN_NumberTensor:$lhs, CNN_NumberTensor:$rhs);
  let results = (outs CNN_NumberTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = compatibleReturnTypes # [{
    ElementwiseKind getElementwiseKind() { return ElementwiseKind::Pow; }
  }];
}

def CNN_ModOp : CNN_InferredOp<"mod", [CNN_ElementwiseOpInterface]> {
  let summary = "remainder with the sign of b, or of a with `fmod`";
  let description = [{
    Constraints:
    - (B1) both operands have one element type; (B2) they broadcast.
    - (C1) floating-point operands have `fmod true`.

    Example:
    ```mlir
    %y = cnn.mod %a, %b fmod true : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    ```
  }];
  let arguments = (ins CNN_NumberTensor:$lhs, CNN_NumberTensor:$rhs, DefaultValuedAttr<BoolAttr, "false">:$fmod);
  let results = (outs CNN_NumberTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$lhs `,` $rhs (`fmod` $fmod^)? attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = compatibleReturnTypes # [{
    ElementwiseKind getElementwiseKind() { return ElementwiseKind::Mod; }
  }];
}

def CNN_WhereOp : CNN_InferredOp<"where"> {
  let summary = "a where the condition holds, else b";
  let description = [{
    All three operands broadcast.

    Constraints:
    - (C1) `lhs` and `rhs` have one element type.
    - (C2) the operands broadcast.

    Example:
    ```mlir
    %y = cnn.where %c, %a, %b : (tensor<4xi1>, tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
    ```
  }];
  let arguments = (ins CNN_BoolTensor:$condition, CNN_Tensor:$lhs, CNN_Tensor:$rhs);
  let results = (outs CNN_Tensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$condition `,` $lhs `,` $rhs attr-dict `:` functional-type(operands, results)";
}

def CNN_CastOp : CNN_Op<"cast"> {
  let summary = "conversion to the result's element type";
  let description = [{
    Floats become integers by dropping the fraction, anything becomes bool by
    comparison with zero; the shape stays. An integer result that does not fit
    wraps (from integers) or is undefined (from floats), as in ONNX.

    Constraints:
    - (C1) the result has the shape of `input`.

    Example:
    ```mlir
    %y = cnn.cast %x : tensor<4xf32> to tensor<4xi64>
    ```
  }];
  let arguments = (ins CNN_Tensor:$input);
  let results = (outs CNN_Tensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($output)";
}
