//===- Simulation.h - a network with its quantization as parameters -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_SIMULATION_H
#define WINNOW_LIB_COMPRESS_SIMULATION_H

#include "QuantizationPlan.h"
#include "Ranges.h"

#include "winnow/Compress/NetworkRunner.h"
#include "winnow/Data/SampleSet.h"

namespace winnow {

/// The integers of one layer.
struct LayerParameters {
  unsigned bits = 8;
  std::vector<float> scales;   ///< of each row
  std::vector<int8_t> weights; ///< rows
  std::vector<float> bias;     ///< of each row, in the network's own unit
  /// Rows that simulations take in place of the integers, if any, where they are arguments.
  std::vector<float> realWeights;

  /// The rows as numbers.
  std::vector<float> getWeights() const;
};

/// All that is decided of a quantized network: what the QDQ form is written from.
struct QuantizationParameters {
  llvm::DenseSet<unsigned> keepFloat; ///< layers
  std::vector<Range> ranges;          ///< of groups
  std::vector<LayerParameters> layers;
};

/// The scale of a layer's i32 bias for each row, as the integer form has it: one rounding.
inline float getBiasScale(float inputScale, float rowScale) { return inputScale * rowScale; }
/// The i32 bias of a row.
int32_t quantizeBias(float bias, float scale);

/// The elements of each input in samples [first, first + count), one sample behind the other.
std::vector<std::vector<float>> joinSamples(const SampleSet &samples, size_t first, size_t count);

/// What runs of a network are fitted to, and what is held out: first samples of runs.
struct SampleSplit {
  std::vector<size_t> fitted, heldOut;
};
/// `wanted` of `runs` runs of `batch` samples are fitted to, spread evenly; up to `mostHeldOut` of the others are held
/// out, or the same where there are no others.
SampleSplit splitSamples(size_t runs, size_t batch, size_t wanted, size_t mostHeldOut);

/// Sample `index` of the `batch` in `all`.
llvm::ArrayRef<float> getSample(llvm::ArrayRef<float> all, size_t batch, size_t index);

/// The bytes of `values`, as runs take them.
template <typename T> llvm::ArrayRef<char> getBytes(const std::vector<T> &values) {
  return {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)};
}

/// A network compiled once, in f32 or as the QDQ form computes, whose ranges, biases and weights of less than 8 bits
/// are arguments: they can change from run to run. Its results are the network's own (of a softmax, what it is taken
/// of) and what it was told to show.
class Simulation {
public:
  struct Options {
    bool quantized = true;   ///< else the f32 network
    bool showValues = false; ///< the values of all groups
    bool showLayers = false; ///< the sums of all layers, before their activation
  };

  /// A simulation of `module` as planned with `parameters.keepFloat`, with the weights of `parameters`.
  static llvm::Expected<Simulation> make(mlir::ModuleOp module, const QuantizationParameters &parameters,
                                         Options options, NetworkRunner &runner);

  /// Runs on samples [first, first + getBatch()) with the ranges and biases of `parameters`.
  llvm::Error run(const SampleSet &samples, size_t first, const QuantizationParameters &parameters);
  size_t getBatch() const { return batch; }

  size_t getOutputCount() const { return outputs; }
  llvm::ArrayRef<float> getOutput(size_t index) const { return network->getResult(index); }
  /// Elements of one sample of the first output.
  llvm::ArrayRef<float> getSignal(size_t sampleInBatch) const;

  struct Shown {
    unsigned index; ///< of the layer or group
    llvm::ArrayRef<float> elements;
    int64_t channels, rowLength;
  };
  /// What is shown of layers: one each, in order.
  Shown getLayer(unsigned layer) const { return getShown(layers[layer]); }
  /// What is shown of groups: one for each of their values.
  size_t getValueCount() const { return values.size(); }
  Shown getValue(size_t index) const { return getShown(values[index]); }

private:
  struct Place {
    unsigned index, result;
    int64_t channels, rowLength;
  };
  Shown getShown(const Place &place) const {
    return {place.index, network->getResult(place.result), place.channels, place.rowLength};
  }

  std::unique_ptr<RunnableNetwork> network;
  Options options;
  size_t batch = 1, outputs = 0;
  struct LayerArguments {
    unsigned inputGroup;
    bool weights; ///< are an argument
    int64_t filterAxis;
  };
  std::vector<LayerArguments> layerArguments;
  std::vector<Place> layers, values;
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_SIMULATION_H
