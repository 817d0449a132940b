//===- Handles.h - what lies behind the handles of the C API ----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_CAPI_HANDLES_H
#define WINNOW_LIB_CAPI_HANDLES_H

#include "winnow-c/Compile.h"
#include "winnow/Driver/Compile.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <string>

struct WinnowBuffer {
  std::unique_ptr<llvm::MemoryBuffer> bytes;
};

struct WinnowCompileOptions {
  winnow::CompileOptions options;
  WinnowDiagnosticCallback diagnosticCallback = nullptr;
  void *diagnosticUser = nullptr;
};

struct WinnowCompilation {
  /// The texts of a diagnostic, and the C struct that points at them.
  struct Message {
    winnow::CompileDiagnostic diagnostic;
    std::string text;
    WinnowDiagnostic view;
  };
  /// A deque: its elements stay where they are.
  std::deque<Message> messages;
  std::unique_ptr<WinnowBuffer> output;
  std::string header, symbol, report;
};

namespace winnow::capi {

/// Runs `work` with these options and keeps in `*compilation` (which may be null) what comes of it.
WinnowResult runCompilation(const WinnowCompileOptions &options, WinnowCompilation **compilation,
                            llvm::function_ref<mlir::LogicalResult(const CompileOptions &, CompileResult &)> work);

/// Copies `message` to the caller's buffer, cut to what fits there.
inline void copyMessage(llvm::StringRef message, char *buffer, size_t bytes) {
  if (!buffer || bytes == 0)
    return;
  size_t length = std::min(message.size(), bytes - 1);
  std::memcpy(buffer, message.data(), length);
  buffer[length] = 0;
}

/// A text of the caller; empty for NULL.
inline std::string toString(const char *text) { return text ? text : ""; }

} // namespace winnow::capi

#endif // WINNOW_LIB_CAPI_HANDLES_H
