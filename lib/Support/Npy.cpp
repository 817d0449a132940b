//===- Npy.cpp - NumPy's array files --------------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The format is that of NEP 1 ("A Simple File Format for NumPy Arrays").
//
//===----------------------------------------------------------------------===//

#include "winnow/Support/Npy.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

using namespace mlir;
using llvm::StringRef;

namespace winnow {

static constexpr StringRef kMagic("\x93NUMPY", 6);

static llvm::Error makeError(const llvm::Twine &name, const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), name + ": " + message);
}

/// The text of the header's dictionary after `'key':`; empty if the key is missing.
static StringRef findEntry(StringRef dict, StringRef key) {
  for (char quote : {'\'', '"'}) {
    std::string quoted = (llvm::Twine(quote) + key + llvm::Twine(quote)).str();
    size_t at = dict.find(quoted);
    if (at == StringRef::npos)
      continue;
    StringRef rest = dict.drop_front(at + quoted.size()).ltrim();
    return rest.consume_front(":") ? rest.ltrim() : StringRef();
  }
  return {};
}

/// Parses `(1, 3, 4)`.
static std::optional<std::vector<int64_t>> parseShape(StringRef text) {
  size_t end = text.find(')');
  if (!text.consume_front("(") || end == StringRef::npos)
    return std::nullopt;
  llvm::SmallVector<StringRef> parts;
  text.take_front(end - 1).split(parts, ',');
  std::vector<int64_t> shape;
  for (auto [i, part] : llvm::enumerate(parts)) {
    part = part.trim();
    if (part.empty() && i + 1 == parts.size())
      break;
    int64_t extent;
    if (part.getAsInteger(10, extent) || extent < 0)
      return std::nullopt;
    shape.push_back(extent);
  }
  return shape;
}

llvm::Expected<NpyHeader> parseNpyHeader(StringRef contents, StringRef name) {
  if (!contents.starts_with(kMagic) || contents.size() < 10)
    return makeError(name, "expected an .npy file, but its magic number is missing");
  bool longHeader = contents[6] >= 2;
  size_t start = longHeader ? 12 : 10;
  if (contents.size() < start)
    return makeError(name, "the .npy header is cut off");
  size_t length = longHeader ? llvm::support::endian::read32le(contents.data() + 8)
                             : llvm::support::endian::read16le(contents.data() + 8);
  if (contents.size() - start < length)
    return makeError(name, "the .npy header is cut off");
  StringRef dict = contents.substr(start, length);
  NpyHeader header;
  header.dataOffset = start + length;
  StringRef descr = findEntry(dict, "descr");
  if (descr.empty() || !llvm::is_contained({'\'', '"'}, descr.front()))
    return makeError(name, "expected an .npy file of plain numbers, but its element type is structured or missing");
  header.descr = descr.drop_front().split(descr.front()).first.str();
  header.fortranOrder = findEntry(dict, "fortran_order").starts_with("True");
  std::optional<std::vector<int64_t>> shape = parseShape(findEntry(dict, "shape"));
  if (!shape)
    return makeError(name, "the shape in the .npy header cannot be read");
  header.shape = std::move(*shape);
  return header;
}

/// Bytes of one element of a little-endian or one-byte type name; 0 for others.
static int64_t getDescrBytes(StringRef descr) {
  int64_t bytes;
  if (descr.size() < 3 || descr.drop_front(2).getAsInteger(10, bytes) || bytes < 1 || bytes > 16)
    return 0;
  bool knownOrder = descr[0] == '<' || ((descr[0] == '|' || descr[0] == '=') && (bytes == 1 || descr[1] == 'V'));
  return knownOrder && StringRef("fiubVc").contains(descr[1]) ? bytes : 0;
}

/// Elements in Fortran order brought into C order.
static std::vector<char> toRowMajor(StringRef data, llvm::ArrayRef<int64_t> shape, int64_t elementBytes) {
  std::vector<char> result(data.size());
  std::vector<int64_t> index(shape.size(), 0);
  for (size_t from = 0; from < data.size(); from += elementBytes) {
    int64_t to = 0;
    for (size_t d = 0; d < shape.size(); ++d)
      to = to * shape[d] + index[d];
    std::memcpy(result.data() + to * elementBytes, data.data() + from, elementBytes);
    for (size_t d = 0; d < shape.size() && ++index[d] == shape[d]; ++d)
      index[d] = 0;
  }
  return result;
}

llvm::Expected<NpyArray> parseNpy(StringRef contents, StringRef name) {
  llvm::Expected<NpyHeader> header = parseNpyHeader(contents, name);
  if (!header)
    return header.takeError();
  int64_t elementBytes = getDescrBytes(header->descr);
  if (elementBytes == 0)
    return makeError(name, "element type '" + header->descr + "' is not a little-endian number type");
  int64_t bytes = elementBytes;
  bool empty = llvm::is_contained(header->shape, 0);
  for (int64_t extent : header->shape)
    if (!empty && llvm::MulOverflow(bytes, extent, bytes))
      return makeError(name, "the shape in the .npy header is too large");
  StringRef data = contents.drop_front(header->dataOffset);
  if (static_cast<int64_t>(data.size()) != (empty ? 0 : bytes))
    return makeError(name, "expected " + llvm::Twine(empty ? 0 : bytes) + " bytes of elements, but found " +
                               llvm::Twine(data.size()));
  NpyArray array{header->descr, std::move(header->shape), {}};
  if (header->fortranOrder && array.shape.size() > 1)
    array.bytes = toRowMajor(data, array.shape, elementBytes);
  else
    array.bytes.assign(data.begin(), data.end());
  return array;
}

llvm::Expected<NpyArray> readNpy(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeError(path, buffer.getError().message());
  return parseNpy((*buffer)->getBuffer(), path);
}

llvm::Error writeNpy(StringRef path, StringRef descr, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<char> bytes) {
  std::string dict = ("{'descr': '" + descr + "', 'fortran_order': False, 'shape': (").str();
  for (int64_t extent : shape)
    dict += std::to_string(extent) + (shape.size() == 1 ? "," : ", ");
  if (shape.size() > 1)
    dict.resize(dict.size() - 2);
  dict += "), }";
  // Elements start at a multiple of 64 bytes; the header ends with a line feed.
  dict.resize(llvm::alignTo(10 + dict.size() + 1, 64) - 10 - 1, ' ');
  dict += '\n';
  if (dict.size() > UINT16_MAX)
    return makeError(path, "a shape of so many dimensions cannot be written");
  return llvm::writeToOutput(path, [&](llvm::raw_ostream &os) -> llvm::Error {
    os << kMagic << '\x01' << '\0';
    os << static_cast<char>(dict.size() & 0xff) << static_cast<char>(dict.size() >> 8) << dict;
    os.write(bytes.data(), bytes.size());
    return llvm::Error::success();
  });
}

std::string getNpyDescr(Type elementType) {
  if (elementType.isBF16())
    return "<V2";
  if (elementType.isInteger(1))
    return "|b1";
  unsigned bytes = elementType.getIntOrFloatBitWidth() / 8;
  char kind = isa<FloatType>(elementType) ? 'f' : elementType.isUnsignedInteger() ? 'u' : 'i';
  return std::string(bytes == 1 ? "|" : "<") + kind + std::to_string(bytes);
}

Type getNpyElementType(MLIRContext *context, StringRef descr) {
  int64_t bytes = getDescrBytes(descr);
  if (bytes == 0 || bytes > 8 || !llvm::isPowerOf2_64(bytes))
    return {};
  switch (descr[1]) {
  case 'f':
    return bytes == 2   ? Type(Float16Type::get(context))
           : bytes == 4 ? Type(Float32Type::get(context))
           : bytes == 8 ? Type(Float64Type::get(context))
                        : Type();
  case 'i':
    return IntegerType::get(context, 8 * bytes);
  case 'u':
    return IntegerType::get(context, 8 * bytes, IntegerType::Unsigned);
  case 'b':
    return bytes == 1 ? Type(IntegerType::get(context, 1)) : Type();
  case 'V':
    return bytes == 2 ? Type(BFloat16Type::get(context)) : Type();
  default:
    return {};
  }
}

} // namespace winnow
