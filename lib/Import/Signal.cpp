//===- Signal.cpp - windows, Fourier transforms and mel filters -----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What these ops need is known when compiling: windows and filters become
// constants, a transform becomes a product with the matrix of its sines and
// cosines.
//
//===----------------------------------------------------------------------===//

#include "Formula.h"
#include "Registry.h"
#include "TensorData.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace winnow::onnx_import {

/// Constants that the importer writes out itself have at most this many elements.
static constexpr int64_t kMaxElements = 1 << 22;

/// A constant of numbers; floats are rounded to the element type, integers cut.
static Value createNumbers(NodeImport &node, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<double> numbers,
                           Type elementType) {
  auto type = RankedTensorType::get(shape, node.getBuilder().getF64Type());
  return node.createCast(node.createConstant(DenseElementsAttr::get(type, numbers)), elementType);
}

/// The element type that an attribute names; null after an error.
static Type getOutputType(NodeImport &node) {
  int64_t dataType = node.getInt("output_datatype", onnx::TensorProto::FLOAT);
  Type type = getElementType(static_cast<int>(std::clamp<int64_t>(dataType, 0, 1000)), node.getContext());
  if (!type || type.isInteger(1))
    node.emitError() << "results of element type " << getDataTypeName(static_cast<int>(dataType))
                     << " are not supported";
  return type;
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// A sum of cosines: coefficients[k] * cos(2 pi k n / N).
static LogicalResult importWindow(NodeImport &node, std::initializer_list<double> coefficients) {
  std::optional<int64_t> size = node.getConstantInt(0, "size");
  Type elementType = getOutputType(node);
  if (!size || !elementType)
    return failure();
  if (*size < 0 || *size > kMaxElements)
    return node.emitError() << "expected a window of moderate size, but got " << *size;
  double period = std::max<double>(1, static_cast<double>(*size) - (node.getBool("periodic", true) ? 0 : 1));
  llvm::SmallVector<double> window;
  for (int64_t n = 0; n < *size; ++n) {
    double sum = 0, harmonic = 0;
    for (double coefficient : coefficients)
      sum += coefficient * std::cos(2 * llvm::numbers::pi * harmonic++ * static_cast<double>(n) / period);
    window.push_back(sum);
  }
  return node.setResult(createNumbers(node, *size, window, elementType));
}

static LogicalResult importHann(NodeImport &node) { return importWindow(node, {0.5, -0.5}); }
static LogicalResult importHamming(NodeImport &node) { return importWindow(node, {25.0 / 46, 25.0 / 46 - 1}); }
static LogicalResult importBlackman(NodeImport &node) { return importWindow(node, {0.42, -0.5, 0.08}); }

//===----------------------------------------------------------------------===//
// Fourier transforms
//===----------------------------------------------------------------------===//

namespace {
/// A discrete Fourier transform of `length` samples, of which `given` are there: others are zero.
struct Transform {
  int64_t given, length, results;
  bool complexInput, realOutput, inverse;
  /// Whether an inverse divides by the length.
  bool scaled = true;
};
} // namespace

/// The matrix [given * (1 or 2), results * (1 or 2)] of a transform; null (with an error) if it is too large.
static Value createMatrix(NodeImport &node, const Transform &transform, Type elementType) {
  int64_t in = transform.complexInput ? 2 : 1, out = transform.realOutput ? 1 : 2;
  if (transform.given * transform.results > kMaxElements / (in * out)) {
    node.emitError() << "transforms of " << transform.length << " samples are too large";
    return {};
  }
  llvm::SmallVector<double> matrix(transform.given * in * transform.results * out);
  double *next = matrix.data();
  for (int64_t sample = 0; sample < transform.given; ++sample)
    for (int64_t part = 0; part < in; ++part)
      for (int64_t result = 0; result < transform.results; ++result) {
        double angle = 2 * llvm::numbers::pi * static_cast<double>((sample * result) % transform.length) /
                       static_cast<double>(transform.length);
        double sign = transform.inverse ? 1 : -1;
        double weight = transform.inverse && transform.scaled ? 1.0 / static_cast<double>(transform.length) : 1.0;
        // Half of a real signal's spectrum stands for the other half too.
        bool mirrored = transform.realOutput && sample > 0 && 2 * sample < transform.length;
        weight *= mirrored ? 2 : 1;
        double cosine = weight * std::cos(angle), sine = weight * sign * std::sin(angle);
        *next++ = part == 0 ? cosine : -sine;
        if (out == 2)
          *next++ = part == 0 ? sine : cosine;
      }
  return createNumbers(node, {transform.given * in, transform.results * out}, matrix, elementType);
}

/// Applies a transform to dimension rank - 2 of a value whose last one has the real or complex parts.
static Value applyTransform(NodeImport &node, Value value, const Transform &transform) {
  Formula formula(node);
  if (!value)
    return {};
  RankedTensorType type = NodeImport::getType(value);
  int64_t rank = type.getRank();
  Value matrix = createMatrix(node, transform, type.getElementType());
  value = formula.slice(value, rank - 2, 0, transform.given);
  if (!value)
    return {};
  Extents extents = node.getExtents(value);
  SymbolicNumber features = extents[rank - 2] * extents[rank - 1];
  extents.truncate(rank - 2);
  extents.push_back(features);
  Value product = formula.matmul(formula.reshape(value, extents), matrix);
  extents.back() = SymbolicNumber::integer(transform.results);
  extents.push_back(SymbolicNumber::integer(transform.realOutput ? 1 : 2));
  return formula.reshape(product, extents);
}

/// Turning factors cos + i sin of the first half of `length` samples: [half, 2]; times i where `turned`.
static Value createTwiddles(NodeImport &node, int64_t length, bool inverse, bool turned, Type elementType) {
  llvm::SmallVector<double> numbers;
  for (int64_t sample = 0; sample < length / 2; ++sample) {
    double angle = 2 * llvm::numbers::pi * static_cast<double>(sample) / static_cast<double>(length);
    double cosine = std::cos(angle), sine = std::sin(angle) * (inverse ? 1 : -1);
    numbers.append({turned ? -sine : cosine, turned ? cosine : sine});
  }
  return createNumbers(node, {length / 2, 2}, numbers, elementType);
}

/// All frequencies of dimension rank - 2 of complex samples, not scaled. Even ones are the transform of the sums of
/// the samples' halves, odd ones that of their turned differences: J. Cooley and J. Tukey, 1965, in frequency.
static Value transformComplex(NodeImport &node, Value value, int64_t length, bool inverse) {
  constexpr int64_t minSplit = 8;
  Formula formula(node);
  if (!value)
    return {};
  int64_t rank = NodeImport::getType(value).getRank();
  Type elementType = NodeImport::getType(value).getElementType();
  if (length < minSplit || length % 2 != 0)
    return applyTransform(node, value, {length, length, length, true, false, inverse, /*scaled=*/false});
  int64_t half = length / 2;
  Value first = formula.slice(value, rank - 2, 0, half), second = formula.slice(value, rank - 2, half, length);
  Value difference = formula.sub(first, second);
  Value real = formula.mul(formula.slice(difference, rank - 1, 0, 1),
                           createTwiddles(node, length, inverse, /*turned=*/false, elementType));
  Value imaginary = formula.mul(formula.slice(difference, rank - 1, 1, 2),
                                createTwiddles(node, length, inverse, /*turned=*/true, elementType));
  Value even = transformComplex(node, formula.add(first, second), half, inverse);
  Value odd = transformComplex(node, formula.add(real, imaginary), half, inverse);
  if (!even || !odd)
    return {};
  Extents extents = node.getExtents(even);
  extents[rank - 2] = SymbolicNumber::integer(length);
  return formula.reshape(
      formula.concat({formula.unsqueeze(even, rank - 1), formula.unsqueeze(odd, rank - 1)}, rank - 1), extents);
}

static LogicalResult createDft(NodeImport &node, int64_t axis) {
  RankedTensorType type = node.getType(0);
  int64_t rank = type.getRank();
  if (rank < 2 || !isa<FloatType>(type.getElementType()) ||
      (type.getDimSize(rank - 1) != 1 && type.getDimSize(rank - 1) != 2))
    return node.emitError() << "expected real or complex parts in the last dimension, but got " << type;
  auto axes = node.normalizeAxes(axis, rank);
  if (!axes || axes->front() == rank - 1 || type.isDynamicDim(axes->front()))
    return node.emitError() << "cannot transform along dimension " << axis << " of " << type;
  axis = axes->front();
  bool inverse = node.getBool("inverse"), oneSided = node.getBool("onesided");
  int64_t extent = type.getDimSize(axis);
  std::optional<int64_t> length = inverse && oneSided ? 2 * (extent - 1) : extent;
  if (node.hasInput(1) && !(length = node.getConstantInt(1, "dft_length")))
    return failure();
  if (*length < 1 || *length > kMaxElements)
    return node.emitError() << "expected a transform of moderate length, but got " << *length;
  Transform transform{std::min(extent, *length), *length, *length, type.getDimSize(rank - 1) == 2,
                      inverse && oneSided,       inverse};
  if (oneSided && !inverse)
    transform.results = *length / 2 + 1;
  if (oneSided && inverse)
    transform.given = std::min(extent, *length / 2 + 1);
  auto order = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  std::swap(order[axis], order[rank - 2]);
  Formula formula(node);
  Value moved = formula.transpose(node.getInput(0), order), result;
  // Real samples need a matrix of half the size, which is as good as splitting them.
  if (oneSided || transform.given != *length || !transform.complexInput)
    result = applyTransform(node, moved, transform);
  else if ((result = transformComplex(node, moved, *length, inverse)) && inverse)
    result = formula.mul(result, formula.scalar(1.0 / static_cast<double>(*length), result));
  return node.setResult(formula.transpose(result, order));
}

/// DFT 17: the dimension is an attribute.
static LogicalResult importDftAttribute(NodeImport &node) { return createDft(node, node.getInt("axis", 1)); }

static LogicalResult importDft(NodeImport &node) {
  std::optional<int64_t> axis = node.hasInput(2) ? node.getConstantInt(2, "axis") : -2;
  return axis ? createDft(node, *axis) : failure();
}

/// Transforms of overlapping parts of a signal, each multiplied with a window.
static LogicalResult importStft(NodeImport &node) {
  RankedTensorType type = node.getType(0);
  std::optional<int64_t> step = node.getConstantInt(1, "frame_step");
  if (!step)
    return failure();
  if (type.getRank() != 3 || type.isDynamicDim(1) || type.getDimSize(2) < 1 || type.getDimSize(2) > 2)
    return node.emitError() << "expected a signal of [batch, samples, 1 or 2], but got " << type;
  int64_t samples = type.getDimSize(1);
  std::optional<int64_t> length = samples;
  if (node.hasInput(3))
    length = node.getConstantInt(3, "frame_length");
  else if (node.hasInput(2) && node.getRank(2) == 1)
    length = node.getType(2).getDimSize(0);
  if (!length)
    return failure();
  if (*step < 1 || *length < 1 || *length > samples)
    return node.emitError() << "cannot take parts of " << *length << " samples, " << *step << " apart, of " << samples;
  int64_t frames = 1 + (samples - *length) / *step;
  if (frames * *length > kMaxElements)
    return node.emitError() << frames << " parts of " << *length << " samples are too many";
  llvm::SmallVector<int64_t> positions;
  for (int64_t frame = 0; frame < frames; ++frame)
    for (int64_t sample = 0; sample < *length; ++sample)
      positions.push_back(frame * *step + sample);
  Formula formula(node);
  Value indices = formula.reshape(node.createInts(positions), {frames, *length});
  Value parts = node.create<cnn::GatherOp>(node.getInput(0), indices, 1);
  if (node.hasInput(2))
    parts = formula.mul(parts, formula.reshape(node.getInput(2), {*length, 1}));
  bool oneSided = node.getBool("onesided", true);
  Transform transform{*length, *length, oneSided ? *length / 2 + 1 : *length, type.getDimSize(2) == 2, false, false};
  return node.setResult(applyTransform(node, parts, transform));
}

//===----------------------------------------------------------------------===//
// Mel filters
//===----------------------------------------------------------------------===//

/// Where triangle `i` begins, as a bin of the spectrum: equally far apart on the mel scale.
static int64_t getMelEdge(int64_t i, int64_t bands, double low, double high, double length, double rate) {
  auto toMel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
  double step = (toMel(high) - toMel(low)) / static_cast<double>(bands + 2);
  double hertz = 700 * (std::pow(10, (toMel(low) + static_cast<double>(i) * step) / 2595) - 1);
  return static_cast<int64_t>(std::floor((length + 1) * hertz / rate));
}

static LogicalResult importMelWeightMatrix(NodeImport &node) {
  if (!node.requireKnown({0, 1, 2, 3, 4}))
    return failure();
  std::optional<int64_t> bands = node.getConstantInt(0, "num_mel_bins");
  std::optional<int64_t> length = bands ? node.getConstantInt(1, "dft_length") : std::nullopt;
  std::optional<int64_t> rate = length ? node.getConstantInt(2, "sample_rate") : std::nullopt;
  auto low = rate ? node.getConstantDoubles(3, "lower_edge_hertz") : std::nullopt;
  auto high = low ? node.getConstantDoubles(4, "upper_edge_hertz") : std::nullopt;
  Type elementType = getOutputType(node);
  if (!high || !elementType)
    return failure();
  int64_t bins = *length / 2 + 1;
  if (*bands < 1 || *length < 1 || *rate < 1 || low->size() != 1 || high->size() != 1 || *bands > kMaxElements ||
      bins > kMaxElements / *bands)
    return node.emitError() << "expected positive numbers of moderate size";
  llvm::SmallVector<double> matrix(bins * *bands, 0.0);
  for (int64_t band = 0; band < *bands; ++band) {
    std::array<int64_t, 3> edges;
    for (int64_t i = 0; i < 3; ++i)
      edges[i] = getMelEdge(band + i, *bands, low->front(), high->front(), static_cast<double>(*length),
                            static_cast<double>(*rate));
    auto [left, centre, right] = edges;
    if (left < 0 || right >= bins + 1 || centre >= bins)
      return node.emitError() << "the edges lie outside the spectrum of " << bins << " bins";
    for (int64_t bin = left; bin <= centre; ++bin)
      matrix[bin * *bands + band] =
          left == centre ? 1.0 : static_cast<double>(bin - left) / static_cast<double>(centre - left);
    for (int64_t bin = centre; bin < right; ++bin)
      matrix[bin * *bands + band] = static_cast<double>(right - bin) / static_cast<double>(right - centre);
  }
  return node.setResult(createNumbers(node, {bins, *bands}, matrix, elementType));
}

void registerSignal(Registry &registry) {
  registry.add("HannWindow", 1, 1, importHann, 17);
  registry.add("HammingWindow", 1, 1, importHamming, 17);
  registry.add("BlackmanWindow", 1, 1, importBlackman, 17);
  registry.add("DFT", 1, 2, importDftAttribute, 17);
  registry.add("DFT", 1, 3, importDft, 20);
  registry.add("STFT", 2, 4, importStft, 17);
  registry.add("MelWeightMatrix", 5, 5, importMelWeightMatrix, 17);
}

} // namespace winnow::onnx_import
