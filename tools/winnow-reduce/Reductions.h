//===- Reductions.h - simpler forms of cnn ops -----------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_TOOLS_REDUCE_REDUCTIONS_H
#define WINNOW_TOOLS_REDUCE_REDUCTIONS_H

namespace winnow {

/// Makes `--winnow-reduce-network` known.
void registerReductionPass();

} // namespace winnow

#endif // WINNOW_TOOLS_REDUCE_REDUCTIONS_H
