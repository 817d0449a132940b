//===- QuantizationKind.h - what --quantize and --precision may ask for ---===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_DRIVER_QUANTIZATIONKIND_H
#define WINNOW_LIB_DRIVER_QUANTIZATIONKIND_H

#include "winnow/Driver/CompileOptions.h"

#include "llvm/Support/Error.h"

namespace winnow {

/// Bits of weights and of activations.
struct QuantizationKind {
  unsigned weightBits = 8, activationBits = 8;

  /// Activations stay f32.
  bool isWeightsOnly() const { return activationBits == 32; }

  /// The bits that "int8", "w4a8" or "w4" name; nothing for what is no kind of quantization.
  static std::optional<QuantizationKind> parse(llvm::StringRef name);
};

/// Whether what `options` say of quantization and precision fits together.
llvm::Error checkQuantization(const CompileOptions &options);

/// Fails where `options` ask for a dry run that cannot be, or for an output beside it.
llvm::Error checkDryRun(const CompileOptions &options);

} // namespace winnow

#endif // WINNOW_LIB_DRIVER_QUANTIZATIONKIND_H
