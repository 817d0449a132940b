//===- SelectionLowering.cpp - extrema, selection and running sums as loops ---===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

using namespace mlir;
using namespace winnow::kernel;

void winnow::kernel::populateSelectionLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                               KernelContext &context) {}
