//===- Quantize.h - post-training quantization -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_COMPRESS_QUANTIZE_H
#define WINNOW_COMPRESS_QUANTIZE_H

#include "winnow/Compress/NetworkRunner.h"
#include "winnow/Compress/NetworkScore.h"
#include "winnow/Data/SampleSet.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace winnow {

/// How ranges of activations are chosen. `Auto` takes the candidate that costs the next layers' outputs least.
enum class RangeMethod { Auto, MinMax, Percentile99999, Percentile9999, Percentile999, Mse };

/// What post-training quantization is to do.
struct QuantizationOptions {
  /// Bits of weights: 2 to 8. The first layer, those in groups, and those that would add most noise for each of
  /// their weights have 8; the last ones together hold at most a tenth of all weights and as many as the last layer
  /// has, no more than a quarter.
  unsigned weightBits = 8;
  /// Bits of activations: 2 to 8, in bytes; what the network and its last layer are given always has 8. A rectifier
  /// in front of fewer bits is clipped to the largest number that they represent (the quantized rectifier of Zhou et
  /// al., "DoReFa-Net", 2016, section 2.4, with ranges that are chosen).
  unsigned activationBits = 8;
  RangeMethod ranges = RangeMethod::Auto;
  /// Points of top-1 accuracy on the samples (percent of their labels, or of what the f32 network says where there are
  /// none) that may be lost: layers stay in f32, the worst first, until no more are. Nothing: all layers become
  /// integers.
  std::optional<double> maxDrop;

  /// Told before each step, in a few words.
  std::function<void(const std::string &)> progress;
  /// Told of what is odd but not wrong.
  std::function<void(const std::string &)> warn;
};

/// What became of one layer.
struct QuantizedLayerReport {
  std::string name;
  unsigned weightBits = 32; ///< 32: it stayed in f32
  std::string reason;       ///< why it has these bits
  /// Of its input: scale, zero point, and how the range was chosen.
  double inputScale = 0;
  int64_t inputZero = 0;
  std::string inputChoice;
  /// Of its result; scale 0: the result is f32.
  double outputScale = 0;
  int64_t outputZero = 0;
  std::string outputChoice;
  /// Least and largest scale of its weights.
  double leastWeightScale = 0, largestWeightScale = 0;
  /// Of its sums against those of the f32 network, in the quantized network: 10 log10(signal / error); NaN where it was
  /// not measured.
  double signalToNoise = std::numeric_limits<double>::quiet_NaN();
  /// Whether its bias was corrected.
  bool biasCorrected = false;
};

/// A network with one choice of bits.
struct BitsReport {
  unsigned weightBits = 8, activationBits = 8;
  /// As in QuantizationReport.
  double accuracy = -1, agreement = 0, outputError = 0;
  int64_t bytes = 0;
};

/// What a quantization did. Without samples, weights were quantized alone.
struct QuantizationReport : NetworkScore {
  std::vector<QuantizedLayerReport> layers;
  /// Bytes of weights and biases before and after.
  int64_t bytesBefore = 0, bytesAfter = 0;
  /// Of the layers and values that may have fewer than 8 bits.
  unsigned weightBits = 8, activationBits = 8;
  /// The same network with other bits, where they were asked for.
  std::vector<BitsReport> compared;
};

/// Quantizes @main of `module`, which the graph stage left, to the QDQ form: f32 operations between
/// `cnn.quantize_linear` and `cnn.dequantize_linear` with constant scales; activations are ui8 for each tensor, weights
/// i8 for each output channel. Fails, with the module as it was or with values that are equal in real arithmetic, where
/// nothing can be quantized or a run fails.
llvm::Expected<QuantizationReport> quantizeNetwork(mlir::ModuleOp module, const SampleSet &samples,
                                                   NetworkRunner &runner, const QuantizationOptions &options);

/// The layers of @main whose weights are packed (cnn::getPackedFilter), and what they and all others take.
QuantizationReport reportPackedWeights(mlir::ModuleOp module);

/// Fills in what the samples show of `after`, which was made of `before`: accuracy, agreement, error of the first
/// output.
llvm::Error compareNetworks(mlir::ModuleOp before, mlir::ModuleOp after, const SampleSet &samples,
                            NetworkRunner &runner, NetworkScore &report);

/// The inputs of @main as calibration data is to have them. Fails where an input is not f32, or has extents that are
/// not known besides the batch.
llvm::Expected<std::vector<SampleInput>> getSampleInputs(mlir::ModuleOp module);

} // namespace winnow

#endif // WINNOW_COMPRESS_QUANTIZE_H
