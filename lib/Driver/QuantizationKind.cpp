//===- QuantizationKind.cpp - what --quantize and --precision may ask for -===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizationKind.h"

#include "PruneModel.h"

namespace winnow {

std::optional<QuantizationKind> QuantizationKind::parse(llvm::StringRef name) {
  QuantizationKind kind;
  if (name == "int8")
    return kind;
  auto isKnown = [](unsigned bits) { return bits >= 2 && bits <= 8; };
  if (!name.consume_front("w") || name.consumeInteger(10, kind.weightBits) || !isKnown(kind.weightBits))
    return std::nullopt;
  if (name.empty()) {
    kind.activationBits = 32;
    return kind;
  }
  if (!name.consume_front("a") || name.consumeInteger(10, kind.activationBits) || !isKnown(kind.activationBits))
    return std::nullopt;
  return name.empty() ? std::optional(kind) : std::nullopt;
}

static llvm::Error makeUnknownKind(llvm::StringRef name) {
  return llvm::createStringError("unknown quantization '" + name +
                                 "': expected int8, or bits of weights and activations from 2 to 8 as in w4a8, "
                                 "or of weights alone as in w4");
}

static llvm::Error checkPruning(const CompileOptions &options) {
  if (options.prune.empty())
    return llvm::Error::success();
  if (llvm::Expected<PruningOptions> pruning = parsePruning(options.prune); !pruning)
    return pruning.takeError();
  return options.calibrate.empty()
             ? llvm::createStringError("pruning needs calibration data: expected --calibrate=DIR or FILE.npz")
             : llvm::Error::success();
}

static llvm::Error checkCalibration(const CompileOptions &options) {
  if (options.calibrationSamples < 1)
    return llvm::createStringError("expected at least 1 calibration sample");
  if (options.maxDrop && !(*options.maxDrop >= 0 && *options.maxDrop <= 100))
    return llvm::createStringError("expected a drop of accuracy from 0 to 100 points");
  return llvm::Error::success();
}

static llvm::Error checkPrecision(const CompileOptions &options) {
  if (options.precision.empty() || options.precision == "f32")
    return llvm::Error::success();
  if (options.precision != "bf16" && options.precision != "f16" && options.precision != "auto")
    return llvm::createStringError("unknown precision '" + options.precision + "': expected f32, bf16, f16 or auto");
  if (!options.quantize.empty())
    return llvm::createStringError("expected --quantize or --precision, not both");
  if (options.precision == "auto" && options.calibrate.empty())
    return llvm::createStringError("choosing a precision needs calibration data: expected --calibrate=DIR or FILE.npz "
                                   "with --precision=auto");
  return llvm::Error::success();
}

static llvm::Error checkKinds(const CompileOptions &options) {
  std::optional<QuantizationKind> kind = QuantizationKind::parse(options.quantize);
  if (!kind)
    return makeUnknownKind(options.quantize);
  for (const std::string &other : options.compareBits) {
    std::optional<QuantizationKind> compared = QuantizationKind::parse(other);
    if (!compared)
      return makeUnknownKind(other);
    if (kind->isWeightsOnly() || compared->isWeightsOnly())
      return llvm::createStringError("weights alone are not compared with other kinds of quantization");
  }
  if (kind->isWeightsOnly() && options.maxDrop)
    return llvm::createStringError("a largest drop of accuracy needs bits of activations too, as in w4a8");
  if (!kind->isWeightsOnly() && options.calibrate.empty())
    return llvm::createStringError("quantization needs calibration data: expected --calibrate=DIR or FILE.npz");
  return llvm::Error::success();
}

llvm::Error checkDryRun(const CompileOptions &options) {
  if (options.dryRun.empty())
    return llvm::Error::success();
  if (options.dryRun != "full" && options.dryRun != "quick")
    return llvm::createStringError("unknown dry run '" + options.dryRun + "': expected full or quick");
  if (options.prune.empty())
    return llvm::createStringError("a dry run shows what pruning would do: expected --prune with --dry-run");
  if (!options.quantize.empty() || options.precision == "auto" || !options.compileTo.empty())
    return llvm::createStringError("a dry run shows what pruning alone would do: expected no --quantize, no "
                                   "--precision=auto and no --compile-to with --dry-run");
  if (!options.output.empty() || options.memoryOutput)
    return llvm::createStringError("a dry run writes no model: expected no output with --dry-run");
  return llvm::Error::success();
}

llvm::Error checkQuantization(const CompileOptions &options) {
  if (llvm::Error error = checkPrecision(options))
    return error;
  if (llvm::Error error = checkPruning(options))
    return error;
  // They are what a precision is chosen by, too.
  if (options.precision == "auto" || (options.quantize.empty() && !options.prune.empty()))
    return checkCalibration(options);
  bool isGiven = !options.calibrate.empty() || !options.preprocess.empty() || !options.labels.empty() ||
                 options.maxDrop.has_value() || !options.compareBits.empty();
  if (options.quantize.empty())
    return isGiven ? llvm::createStringError("calibration data, its preprocessing, its labels and the largest drop of "
                                             "accuracy belong to what they decide: expected --prune, --quantize or "
                                             "--precision=auto")
                   : llvm::Error::success();
  if (llvm::Error error = checkKinds(options))
    return error;
  return checkCalibration(options);
}

} // namespace winnow
