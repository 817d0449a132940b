//===- Quantizer.h - the steps of post-training quantization -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_QUANTIZER_H
#define WINNOW_LIB_COMPRESS_QUANTIZER_H

#include "ActivatedMeans.h"
#include "LayerGram.h"
#include "Score.h"
#include "Simulation.h"

#include "winnow/Compress/Quantize.h"

namespace winnow {

/// One quantization of one network.
class Quantizer {
public:
  Quantizer(mlir::ModuleOp module, const SampleSet &samples, NetworkRunner &runner, const QuantizationOptions &options);

  llvm::Expected<QuantizationReport> run();

private:
  void progress(const llvm::Twine &step) const {
    if (options.progress)
      options.progress(step.str());
  }

  /// Scales channels so that integers fit them better: the network stays what it was in real arithmetic.
  llvm::Error equalize();
  /// Chooses the runs that are fitted to, and those that are held out.
  void splitSamples();
  /// Runs the f32 network over all samples.
  llvm::Error calibrate();
  void makeStatistics();
  /// Ranges from what was seen, by `method`.
  std::vector<Range> chooseRanges(RangeMethod method) const;
  /// `range` of the network's input, or one a little wider that costs less.
  Range fitToInput(const Range &range, unsigned input) const;
  /// Integers of all weights for the ranges.
  void quantizeWeights();
  unsigned getWeightBits(unsigned layer) const;
  unsigned getActivationBits(unsigned group) const;
  /// Chooses the layers that have 8 bits where others have fewer.
  void chooseWideLayers();
  /// More of them, by the noise that the weights of each are predicted to add.
  void widenNoisyLayers(llvm::ArrayRef<double> noise);
  /// Takes the method of the least output error.
  llvm::Error compareRanges(Simulation &simulation);
  /// Moves biases so that the means of sums are those of the f32 network, layer after layer.
  llvm::Error correctBiases(Simulation &simulation);
  /// The same, and rounds weights of few bits to fit best to what the layers before them really give.
  llvm::Error fitLayers(Simulation &simulation);
  /// How the quantized network does on runs of samples.
  llvm::Expected<Score> score(Simulation &simulation, llvm::ArrayRef<size_t> which);
  llvm::Error measureLayers(Simulation &simulation);
  llvm::Expected<Score> build();
  /// Gives the layers that add most noise more bits (8, then those of f32) until no more than the allowed drop is left.
  llvm::Expected<Score> searchPrecision(const Score &whole);
  /// How many of `order`, from its front, must be given to `raise` until the budget holds; nothing where all are too
  /// few.
  llvm::Expected<std::optional<size_t>> searchCount(llvm::ArrayRef<unsigned> order,
                                                    llvm::function_ref<void(llvm::ArrayRef<unsigned>)> raise);
  void keepFloat(llvm::ArrayRef<unsigned> layers);
  QuantizationReport makeReport(const Score &score) const;

  mlir::ModuleOp module;
  mlir::func::FuncOp main;
  const SampleSet &samples;
  NetworkRunner &runner;
  const QuantizationOptions &options;
  size_t batch = 1;
  std::vector<size_t> fitted, heldOut; ///< first samples of runs

  QuantizationPlan plan; ///< of the module
  QuantizationParameters parameters;
  /// Of the f32 network.
  llvm::DenseMap<mlir::Value, unsigned> valueIndex; ///< of all values that a group may have
  std::vector<ValueStatistics> statistics;
  std::vector<std::vector<float>> signals;     ///< of all samples
  std::vector<ActivatedMeans> means;           ///< of each layer, over `fitted`
  std::vector<std::optional<LayerGram>> grams; ///< of layers' inputs, over `fitted`, where there is room
  std::optional<Simulation> reference;
  std::vector<double> signalToNoise; ///< of each layer's sums, in dB
  /// Noise over signal of each layer's sums less that of its input: what the layer adds.
  std::vector<double> addedNoise;
  /// Layers of 8 bits where others have fewer: from the start, and for the budget.
  llvm::DenseSet<unsigned> wide, raised;
  std::vector<std::string> reasons; ///< why layers have their bits
  bool biasesCorrected = false;
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_QUANTIZER_H
