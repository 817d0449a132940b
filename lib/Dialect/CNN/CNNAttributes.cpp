//===- CNNAttributes.cpp - attributes of the cnn dialect ------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Dialect/CNN/CNN.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace winnow::cnn;

#define GET_ATTRDEF_CLASSES
#include "winnow/Dialect/CNN/CNNAttributes.cpp.inc"

void CNNDialect::registerCNNAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "winnow/Dialect/CNN/CNNAttributes.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// ActivationAttr
//===----------------------------------------------------------------------===//

unsigned ActivationAttr::getNumParams(ActivationKind kind) {
  switch (kind) {
  case ActivationKind::LeakyRelu:
  case ActivationKind::Elu:
  case ActivationKind::Celu:
  case ActivationKind::Swish:
  case ActivationKind::ThresholdedRelu:
    return 1;
  case ActivationKind::Clip:
  case ActivationKind::Selu:
  case ActivationKind::HardSigmoid:
  case ActivationKind::Shrink:
    return 2;
  default:
    return 0;
  }
}

LogicalResult ActivationAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, ActivationKind kind,
                                     DenseF64ArrayAttr params) {
  unsigned expected = getNumParams(kind), got = params ? params.size() : 0;
  if (expected != got)
    return emitError() << "expected " << expected << " parameters of '" << stringifyActivationKind(kind) << "' but got "
                       << got;
  return success();
}

/// Reads one of the words of an enum.
template <typename Enum>
static FailureOr<Enum> parseWord(AsmParser &parser, std::optional<Enum> (*symbolize)(llvm::StringRef),
                                 llvm::StringRef what) {
  llvm::SMLoc loc = parser.getCurrentLocation();
  llvm::StringRef word;
  if (parser.parseKeyword(&word))
    return failure();
  if (std::optional<Enum> value = symbolize(word))
    return *value;
  return parser.emitError(loc) << "expected " << what << " but got '" << word << "'";
}

Attribute ActivationAttr::parse(AsmParser &parser, Type) {
  SmallVector<double> params;
  llvm::SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess())
    return {};
  FailureOr<ActivationKind> kind = parseWord<ActivationKind>(parser, symbolizeActivationKind, "an activation function");
  if (failed(kind))
    return {};
  auto parseParam = [&] { return parser.parseFloat(params.emplace_back()); };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::OptionalParen, parseParam) || parser.parseGreater())
    return {};
  MLIRContext *context = parser.getContext();
  auto list = params.empty() ? DenseF64ArrayAttr() : DenseF64ArrayAttr::get(context, params);
  return getChecked([&] { return parser.emitError(loc); }, context, *kind, list);
}

void ActivationAttr::print(AsmPrinter &printer) const {
  printer << '<' << stringifyActivationKind(getKind());
  if (getParams()) {
    printer << '(';
    llvm::interleaveComma(getParams().asArrayRef(), printer,
                          [&](double param) { printer.printFloat(llvm::APFloat(param)); });
    printer << ')';
  }
  printer << '>';
}

//===----------------------------------------------------------------------===//
// LayoutAttr, AlgorithmAttr, SparseAttr
//===----------------------------------------------------------------------===//

LogicalResult LayoutAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, int64_t block, int64_t halo) {
  if (block < 1)
    return emitError() << "expected a block of at least 1 channel but got " << block;
  if (halo < 0)
    return emitError() << "expected a halo of at least 0 but got " << halo;
  return success();
}

LogicalResult SparseAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, SparseFormat, int64_t rows,
                                 int64_t nonzeros, int64_t elements) {
  if (rows < 1)
    return emitError() << "expected at least 1 row but got " << rows;
  if (nonzeros < 0 || nonzeros > elements)
    return emitError() << "expected 0 to " << elements << " nonzeros but got " << nonzeros;
  return success();
}

/// The numbers of an algorithm in the order of its parameters.
static constexpr llvm::StringLiteral kAlgorithmNumbers[] = {"pixels", "channels", "depth", "outputs"};

Attribute AlgorithmAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  FailureOr<AlgorithmKind> kind = parseWord<AlgorithmKind>(parser, symbolizeAlgorithmKind, "an algorithm");
  if (failed(kind))
    return {};
  int64_t numbers[std::size(kAlgorithmNumbers)] = {};
  while (succeeded(parser.parseOptionalComma())) {
    llvm::SMLoc loc = parser.getCurrentLocation();
    llvm::StringRef name;
    if (parser.parseKeyword(&name))
      return {};
    const auto *found = llvm::find(kAlgorithmNumbers, name);
    if (found == std::end(kAlgorithmNumbers)) {
      parser.emitError(loc) << "expected 'pixels', 'channels', 'depth' or 'outputs' but got '" << name << "'";
      return {};
    }
    int64_t &number = numbers[found - std::begin(kAlgorithmNumbers)];
    if (parser.parseEqual() || parser.parseInteger(number))
      return {};
    if (number < 0) {
      parser.emitError(loc) << "expected '" << name << "' to be at least 0 but got " << number;
      return {};
    }
  }
  if (parser.parseGreater())
    return {};
  return AlgorithmAttr::get(parser.getContext(), *kind, numbers[0], numbers[1], numbers[2], numbers[3]);
}

void AlgorithmAttr::print(AsmPrinter &printer) const {
  printer << '<' << stringifyAlgorithmKind(getKind());
  int64_t numbers[] = {getPixels(), getChannels(), getDepth(), getOutputs()};
  for (auto [name, number] : llvm::zip_equal(kAlgorithmNumbers, numbers))
    if (number != 0)
      printer << ", " << name << " = " << number;
  printer << '>';
}
