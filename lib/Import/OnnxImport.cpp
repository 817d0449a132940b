//===- OnnxImport.cpp - reads ONNX models ---------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Import/OnnxImport.h"

#include "GraphImporter.h"

#include "winnow/Dialect/CNN/CNN.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/MemoryBuffer.h"

#include <google/protobuf/stubs/logging.h>

using namespace mlir;

namespace winnow {

namespace onnx_import {

std::string sanitize(llvm::StringRef text) {
  // Names are for people: long ones are cut, what cannot be shown is replaced.
  constexpr size_t maxLength = 256;
  std::string result;
  for (size_t i = 0; i < text.size() && result.size() < maxLength;) {
    unsigned length = llvm::getNumBytesForUTF8(static_cast<llvm::UTF8>(text[i]));
    auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.data()) + i;
    bool valid = i + length <= text.size() && llvm::isLegalUTF8Sequence(begin, begin + length);
    bool printable = length > 1 || (text[i] >= ' ' && text[i] < 0x7f);
    if (valid && printable)
      result += text.substr(i, length);
    else
      result += '?';
    i += valid ? length : 1;
  }
  return result;
}

} // namespace onnx_import

static InFlightDiagnostic emitFileError(MLIRContext *context, llvm::StringRef path) {
  return emitError(FileLineColLoc::get(context, onnx_import::sanitize(path), 0, 0));
}

OwningOpRef<ModuleOp> importOnnxBuffer(llvm::StringRef bytes, llvm::StringRef path, const ImportOptions &options,
                                       MLIRContext *context) {
  context->loadDialect<cnn::CNNDialect, func::FuncDialect, arith::ArithDialect>();
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    emitFileError(context, path) << "the model is larger than 2 GB; keep its weights in external data files";
    return {};
  }
  auto model = std::make_shared<onnx::ModelProto>();
  {
    google::protobuf::LogSilencer silencer; // Our own error says it.
    if (!model->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      emitFileError(context, path) << "not an ONNX model, or one that is truncated: it is not a valid protobuf message";
      return {};
    }
  }
  return onnx_import::GraphImporter(std::move(model), path, options, context).import();
}

OwningOpRef<ModuleOp> importOnnxFile(llvm::StringRef path, const ImportOptions &options, MLIRContext *context) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer) {
    emitFileError(context, path) << "cannot read the model: " << buffer.getError().message();
    return {};
  }
  return importOnnxBuffer((*buffer)->getBuffer(), path, options, context);
}

std::optional<std::string> parseInputShape(llvm::StringRef text, ImportOptions &options) {
  auto [name, shapeText] = text.rsplit(':');
  llvm::SmallVector<int64_t> shape;
  llvm::SmallVector<llvm::StringRef> parts;
  if (!shapeText.empty())
    shapeText.split(parts, 'x');
  for (auto [i, part] : llvm::enumerate(parts)) {
    int64_t extent = 0;
    if (i == 0 && part == "?")
      extent = ShapedType::kDynamic;
    else if (part.getAsInteger(10, extent) || extent < 0)
      return "expected NAME:1x3x224x224, but got '" + text.str() + "'";
    shape.push_back(extent);
  }
  if (name.empty() || text.find(':') == llvm::StringRef::npos)
    return "expected NAME:1x3x224x224, but got '" + text.str() + "'";
  options.inputShapes[name] = shape;
  return std::nullopt;
}

std::optional<std::string> parseFixedInput(llvm::StringRef text, ImportOptions &options) {
  auto [name, file] = text.split('=');
  if (name.empty() || file.empty())
    return "expected NAME=FILE.npy, but got '" + text.str() + "'";
  options.fixedInputs[name] = file.str();
  return std::nullopt;
}

} // namespace winnow
