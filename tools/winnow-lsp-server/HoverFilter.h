//===- HoverFilter.h - documentation for hovers ----------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_TOOLS_LSPSERVER_HOVERFILTER_H
#define WINNOW_TOOLS_LSPSERVER_HOVERFILTER_H

#include "llvm/Support/raw_ostream.h"

#include <cstdio>

namespace winnow {

/// Copies what MLIR's language server writes to `from`, until its end, to `to`, one message at a time. Answers to
/// textDocument/hover on an op or attribute of the cnn dialect get its documentation at their end; everything else
/// (other messages, and text that is none, as of --help) passes unchanged.
void filterHovers(std::FILE *from, llvm::raw_ostream &to);

} // namespace winnow

#endif // WINNOW_TOOLS_LSPSERVER_HOVERFILTER_H
