//===- ChannelFactors.h - factors that make integers fit channels -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_CHANNELFACTORS_H
#define WINNOW_LIB_COMPRESS_CHANNELFACTORS_H

#include "ChannelClasses.h"
#include "Simulation.h"

namespace winnow {

/// A factor for each class of channels, so that the noise that integers add is least. A channel that is small beside
/// others of its tensor gains by being scaled up: its steps become relatively finer. But weights that meet it become
/// smaller beside those of their row, and lose as much.
///
/// Noise is predicted, relative to the variance of the sums of the layer it enters: a twelfth of a step's square for
/// each number, activations weighted by the squares of the weights they meet, weights by the variance of what they
/// meet (the mean's part is a matter of the bias).
class ChannelFactors {
public:
  ChannelFactors(mlir::func::FuncOp main, const QuantizationPlan &plan);

  /// Classes that can have factors.
  unsigned countFree() const;
  /// Takes in what a run of the f32 network shows: all its values and layers.
  void look(const Simulation &simulation);
  void setWeightBits(unsigned layer, unsigned bits);
  void setActivationBits(unsigned group, unsigned bits) { groups[group].levels = (1 << bits) - 1; }
  /// After the last run.
  void finishLooking();

  /// Finds the factors.
  void choose();
  double predictNoise();
  /// What the weights of a layer add, as it was last predicted.
  double predictWeightNoise(unsigned layer) const { return layers[layer].value == kNone ? 0 : getNoise(layers[layer]); }
  /// Factors of the channels that a layer reads and returns.
  std::vector<double> getReadFactors(unsigned layer) const;
  std::vector<double> getMadeFactors(unsigned layer) const;

private:
  static constexpr unsigned kNone = ~0u;

  /// Moments of each channel.
  struct Moments {
    std::vector<double> sums, squares;
    double count = 0;
    void add(const Simulation::Shown &shown);
    double getVariance(size_t channel) const;
  };
  struct Layer {
    int64_t rows, inputs, groups, taps;
    std::vector<unsigned> read, made; ///< classes of channels; kNone where there are none
    std::vector<float> largest;       ///< of each row and input of its group: the largest weight
    std::vector<double> squares;      ///< of each channel that is read: of the weights that meet it
    unsigned value = kNone;           ///< what it reads among those that are shown
    double levels = 127, power = 1;   ///< of weights on one side; the variance of the sums
    Moments sums;
    std::vector<double> variances; ///< of the channels that are read
    /// With the factors: the variance that meets the rows of each group, and each row's largest weight.
    std::vector<double> inputPower, rowLargest;
  };
  struct Class {
    double least = 0, largest = 0, upper = 1, lower = 1; ///< numbers seen; between which its factor is
    double cost = 0;                                     ///< noise of layers for a unit of noise of the class
    double factor = 1, seen = 0;
    std::vector<std::pair<unsigned, int64_t>> readers; ///< layers and their channels
    std::vector<unsigned> groups;
    double inexact = 0, count = 0; ///< numbers that steps do not hit for sure, as they do 0 and the bound; all numbers
    double farthest[2] = {0, 0};   ///< from 0, in each half of the samples
  };

  /// Of values with one scale.
  struct Group {
    std::vector<unsigned> classes;
    double levels = 255; ///< steps of the range
  };

  /// Widens what was seen by what samples that were not may bring.
  void addHeadroom();
  /// The range of a group.
  std::pair<double, double> getRange(const Group &group) const;
  /// Noise that the numbers of a group, and the weights of a layer, add.
  double getNoise(const Group &group) const;
  double getNoise(const Layer &layer) const;
  /// That of all on which a group's factors have an influence.
  double getNoiseAround(const Group &group);
  /// Sets what a layer keeps of factors.
  void prepare(Layer &layer) const;
  /// What a layer's noise loses if a channel that it reads had this factor.
  double getGain(const Layer &layer, int64_t channel, double factor) const;
  /// The largest weight of a row if a channel had this factor.
  double getRowLargest(const Layer &layer, int64_t row, int64_t channel, double factor) const;
  /// Gives a class a factor if there is less noise then.
  bool tryFactor(unsigned index, double factor);
  void set(unsigned index, double factor);
  /// Makes the range of a group narrower as long as that helps.
  void narrow(const Group &group);
  double getFactor(unsigned index) const { return index == kNone ? 1 : classes[index].factor; }

  ChannelClasses known;
  std::vector<Layer> layers;
  std::vector<Class> classes;
  std::vector<Group> groups;
  std::vector<mlir::Value> values; ///< that are shown
  std::vector<Moments> moments;    ///< of each
  unsigned looked = 0;             ///< runs
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_CHANNELFACTORS_H
