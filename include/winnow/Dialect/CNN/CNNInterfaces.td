//===- CNNInterfaces.td - what families of ops have in common -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DIALECT_CNN_CNNINTERFACES_TD
#define WINNOW_DIALECT_CNN_CNNINTERFACES_TD

include "mlir/IR/OpBase.td"

def CNN_ElementwiseOpInterface : OpInterface<"ElementwiseOpInterface"> {
  let cppNamespace = "::winnow::cnn";
  let description = [{
    An op that applies one scalar function of one or two operands to every
    element of its broadcast operands (multidirectional broadcasting).
  }];
  let methods = [
    InterfaceMethod<"The scalar function.", "::winnow::cnn::ElementwiseKind", "getElementwiseKind">
  ];
}

def CNN_ActivationOpInterface : OpInterface<"ActivationOpInterface"> {
  let cppNamespace = "::winnow::cnn";
  let description = [{
    An op that applies an activation function to every element of operand 0 and
    keeps its shape and element type.
  }];
  let methods = [
    InterfaceMethod<[{
      The function with its parameters; null when a parameter is only known at
      run time (`cnn.clip` with bounds that are not constant).
    }], "::winnow::cnn::ActivationAttr", "getActivation">
  ];
}

def CNN_WindowOpInterface : OpInterface<"WindowOpInterface"> {
  let cppNamespace = "::winnow::cnn";
  let description = [{
    An op that slides a window over the spatial dimensions of operand 0
    (convolutions and pools). Constraints that all of them share:
    - (W1) the input has 1 to 3 spatial dimensions (rank 3 to 5).
    - (W2) window, strides and dilations have one entry for each spatial
      dimension, pads two.
    - (W3) window, strides and dilations are at least 1.
    - (W4) the window fits into the padded input, and no extent overflows 64 bits.
    - (W5) explicit pads are not negative.
  }];
  let methods = [
    InterfaceMethod<"Steps per spatial dimension.", "::llvm::ArrayRef<int64_t>", "getStrides">,
    InterfaceMethod<"Distance between taps per spatial dimension.", "::llvm::ArrayRef<int64_t>", "getDilations">,
    InterfaceMethod<"Explicit padding: all begins, then all ends.", "::llvm::ArrayRef<int64_t>", "getPads">,
    InterfaceMethod<"How padding is found.", "::winnow::cnn::AutoPad", "getAutoPad">,
    InterfaceMethod<"Extent of the window per spatial dimension.", "::llvm::SmallVector<int64_t>", "getWindowShape">
  ];
}

#endif // WINNOW_DIALECT_CNN_CNNINTERFACES_TD
