//===- FilterPacking.cpp - filters as kernels read them -------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FilterPacking.h"

#include "ContractionTile.h"

#include <cstring>

using namespace mlir;

namespace winnow::kernel {

llvm::SmallVector<char> getFloats(ElementsAttr attr, Type type) {
  llvm::SmallVector<char> storage;
  if (attr.getElementType() == type) {
    llvm::ArrayRef<char> bytes = getConstantBytes(attr, storage);
    return llvm::SmallVector<char>(bytes);
  }
  llvm::SmallVector<double> values = getConstantDoubles(attr);
  storage.resize_for_overwrite(values.size() * getElementBytes(type));
  for (auto [i, value] : llvm::enumerate(values)) {
    if (type.isF32()) {
      float narrow = static_cast<float>(value);
      std::memcpy(storage.data() + i * sizeof(float), &narrow, sizeof(float));
    } else {
      std::memcpy(storage.data() + i * sizeof(double), &value, sizeof(double));
    }
  }
  return storage;
}

/// Calls `body` with a zeroed array of `size` elements of `type` (as `T`) and makes a constant of it.
template <typename T>
static ElementsAttr fillConstant(Type type, int64_t size, llvm::StringRef name,
                                 llvm::function_ref<void(llvm::MutableArrayRef<T>)> body) {
  auto blob = HeapAsmResourceBlob::allocate(size * sizeof(T), 64, /*dataIsMutable=*/true);
  llvm::MutableArrayRef<char> bytes = blob.getMutableData();
  std::memset(bytes.data(), 0, bytes.size());
  body(llvm::MutableArrayRef<T>(reinterpret_cast<T *>(bytes.data()), size));
  return makeConstant(RankedTensorType::get({size}, type), std::move(blob), name);
}

/// The elements of a float constant as `T`, without a copy where they have that type.
template <typename T>
static llvm::ArrayRef<T> getElements(ElementsAttr attr, Type type, llvm::SmallVectorImpl<char> &storage) {
  llvm::ArrayRef<char> bytes;
  if (attr.getElementType() == type) {
    bytes = getConstantBytes(attr, storage);
  } else {
    storage = getFloats(attr, type);
    bytes = storage;
  }
  return {reinterpret_cast<const T *>(bytes.data()), bytes.size() / sizeof(T)};
}

std::array<int64_t, 3> getPackedColumn(const ConvolutionShape &shape, int64_t m) {
  int64_t block = m / shape.block, blocks = shape.getOutBlocks();
  int64_t first = block / shape.vectors * shape.vectors, width = std::min(shape.vectors, blocks - first);
  return {first * shape.block * shape.getPackedRows(), width * shape.block, m - first * shape.block};
}

int64_t getFirstPackedBlock(const ConvolutionShape &shape, int64_t m) {
  int64_t group = shape.vectors * shape.block;
  return shape.getFirstInput(m / group * group) / shape.inBlock;
}

template <typename T> static ElementsAttr packFilterAs(ElementsAttr filter, const ConvolutionShape &shape) {
  llvm::SmallVector<char> storage;
  llvm::ArrayRef<T> source = getElements<T>(filter, shape.getFilterType(), storage);
  int64_t taps = shape.window.getNumTaps(), depth = shape.getGroupInputs(), step = shape.getStepChannels();
  return fillConstant<T>(shape.getFilterType(), shape.getPackedSize(), "filter", [&](llvm::MutableArrayRef<T> packed) {
    for (int64_t m = 0; m < shape.outChannels; ++m) {
      auto [start, width, column] = getPackedColumn(shape, m);
      int64_t firstBlock = getFirstPackedBlock(shape, m), firstIn = shape.getFirstInput(m);
      const T *row = source.data() + m * depth * taps;
      for (int64_t i = 0; i < depth; ++i) {
        int64_t c = firstIn + i, block = c / shape.inBlock - firstBlock, lane = c % shape.inBlock;
        for (int64_t k = 0; k < taps; ++k)
          packed[start + ((block * taps + k) * shape.inBlock + lane - lane % step) * width + column * step +
                 lane % step] = row[i * taps + k];
      }
    }
  });
}

ElementsAttr packFilter(ElementsAttr filter, const ConvolutionShape &shape) {
  // Numbers of 16 bits only move.
  if (shape.shortFilter)
    return packFilterAs<uint16_t>(filter, shape);
  return shape.computeType.isF64() ? packFilterAs<double>(filter, shape) : packFilterAs<float>(filter, shape);
}

template <typename T> static ElementsAttr packTapsAs(ElementsAttr filter, const ConvolutionShape &shape) {
  llvm::SmallVector<char> storage;
  llvm::ArrayRef<T> source = getElements<T>(filter, shape.computeType, storage);
  int64_t taps = shape.window.getNumTaps(), depth = shape.inChannels;
  ConvolutionShape tap = shape;
  tap.window.kernel = {1, 1, 1};
  return fillConstant<T>(shape.computeType, shape.getPackedSize(), "filter", [&](llvm::MutableArrayRef<T> packed) {
    for (int64_t m = 0; m < shape.outChannels; ++m) {
      auto [start, width, column] = getPackedColumn(tap, m);
      for (int64_t c = 0; c < depth; ++c)
        for (int64_t k = 0; k < taps; ++k)
          packed[k * tap.getPackedSize() + start + c * width + column] = source[(m * depth + c) * taps + k];
    }
  });
}

ElementsAttr packTapFilters(ElementsAttr filter, const ConvolutionShape &shape) {
  return shape.computeType.isF64() ? packTapsAs<double>(filter, shape) : packTapsAs<float>(filter, shape);
}

template <typename T> static ElementsAttr packDepthwiseAs(ElementsAttr filter, const ConvolutionShape &shape) {
  llvm::SmallVector<char> storage;
  llvm::ArrayRef<T> source = getElements<T>(filter, shape.getFilterType(), storage);
  int64_t taps = shape.window.getNumTaps(), size = shape.getOutBlocks() * shape.block * taps;
  return fillConstant<T>(shape.getFilterType(), size, "filter", [&](llvm::MutableArrayRef<T> packed) {
    for (int64_t m = 0; m < shape.outChannels; ++m)
      for (int64_t k = 0; k < taps; ++k)
        packed[(m / shape.block * taps + k) * shape.block + m % shape.block] = source[m * taps + k];
  });
}

ElementsAttr packDepthwiseFilter(ElementsAttr filter, const ConvolutionShape &shape) {
  if (shape.shortFilter)
    return packDepthwiseAs<uint16_t>(filter, shape);
  return shape.computeType.isF64() ? packDepthwiseAs<double>(filter, shape) : packDepthwiseAs<float>(filter, shape);
}

template <typename T> static ElementsAttr packGroupedAs(ElementsAttr filter, const ConvolutionShape &shape) {
  llvm::SmallVector<char> storage;
  llvm::ArrayRef<T> source = getElements<T>(filter, shape.computeType, storage);
  int64_t taps = shape.window.getNumTaps(), depth = shape.getGroupInputs();
  int64_t size = shape.getOutBlocks() * shape.block * depth * taps;
  return fillConstant<T>(shape.computeType, size, "filter", [&](llvm::MutableArrayRef<T> packed) {
    for (int64_t m = 0; m < shape.outChannels; ++m)
      for (int64_t i = 0; i < depth; ++i)
        for (int64_t k = 0; k < taps; ++k) {
          int64_t rotation = (i - m % depth + depth) % depth, lane = m % shape.block / depth * depth + i;
          packed[((m / shape.block * depth + rotation) * taps + k) * shape.block + lane] =
              source[(m * depth + i) * taps + k];
        }
  });
}

ElementsAttr packGroupedFilter(ElementsAttr filter, const ConvolutionShape &shape) {
  return shape.computeType.isF64() ? packGroupedAs<double>(filter, shape) : packGroupedAs<float>(filter, shape);
}

ElementsAttr packChannels(ElementsAttr channels, Type type, int64_t size) {
  llvm::SmallVector<char> bytes = getFloats(channels, type);
  bytes.resize(size * getElementBytes(type), 0);
  return makeConstant(RankedTensorType::get({size}, type), bytes);
}

template <typename T>
static ElementsAttr packMatrixAs(ElementsAttr rhs, Type type, int64_t depth, int64_t columns, int64_t rowStride,
                                 int64_t columnStride, int64_t lanes, int64_t vectors, double alpha) {
  llvm::SmallVector<char> storage;
  llvm::ArrayRef<T> source = getElements<T>(rhs, type, storage);
  int64_t blocks = (columns + lanes - 1) / lanes;
  return fillConstant<T>(type, blocks * lanes * depth, "matrix", [&](llvm::MutableArrayRef<T> packed) {
    for (int64_t n = 0; n < columns; ++n) {
      int64_t first = n / lanes / vectors * vectors, width = std::min(vectors, blocks - first) * lanes;
      T *column = packed.data() + first * lanes * depth + (n - first * lanes);
      for (int64_t k = 0; k < depth; ++k)
        column[k * width] = static_cast<T>(source[k * rowStride + n * columnStride] * alpha);
    }
  });
}

ElementsAttr packMatrix(ElementsAttr rhs, Type type, int64_t depth, int64_t columns, int64_t rowStride,
                        int64_t columnStride, int64_t lanes, int64_t vectors, double alpha) {
  return type.isF64() ? packMatrixAs<double>(rhs, type, depth, columns, rowStride, columnStride, lanes, vectors, alpha)
                      : packMatrixAs<float>(rhs, type, depth, columns, rowStride, columnStride, lanes, vectors, alpha);
}

Value emitPackFilter(OpBuilder &b, Location loc, KernelContext &context, Value filter, const ConvolutionShape &shape) {
  auto type = MemRefType::get({shape.getPackedSize()}, shape.computeType);
  Value packed = allocateBuffer(b, loc, type);
  zeroBuffer(b, loc, packed, context.getFacts());
  Value source = getFlatBuffer(b, loc, filter);
  auto kernel = context.getOrCreateKernel(
      "pack_" + shape.getName(), b.getFunctionType({source.getType(), type}, {}),
      [&](OpBuilder &b, Location loc, ValueRange args) {
        KernelBuilder kb(b, loc, b.getInsertionBlock());
        int64_t taps = shape.window.getNumTaps(), depth = shape.getGroupInputs(), blocks = shape.getOutBlocks();
        kb.loop(0, shape.outChannels, 1, [&](Value m) {
          Value first = kb.mul(kb.div(m, shape.block * shape.vectors), shape.vectors);
          Value width = kb.min(kb.sub(kb.index(blocks), first), kb.index(shape.vectors));
          width = kb.mul(width, shape.block);
          Value firstIn = kb.mul(kb.div(m, shape.getGroupOutputs()), shape.getGroupInputs());
          Value groupIn = kb.mul(kb.div(kb.mul(first, shape.block), shape.getGroupOutputs()), shape.getGroupInputs());
          Value firstBlock = kb.div(groupIn, shape.inBlock);
          Value start =
              kb.add(kb.mul(first, shape.block * shape.getPackedRows()), kb.sub(m, kb.mul(first, shape.block)));
          kb.loop(0, depth, 1, [&](Value i) {
            Value c = kb.add(firstIn, i);
            Value block = kb.sub(kb.div(c, shape.inBlock), firstBlock), lane = kb.rem(c, shape.inBlock);
            kb.loop(0, taps, 1, [&](Value k) {
              Value row = kb.add(kb.mul(kb.add(kb.mul(block, taps), k), shape.inBlock), lane);
              Value to = kb.add(start, arith::MulIOp::create(b, loc, row, width));
              Value from = kb.add(kb.mul(kb.add(kb.mul(m, depth), i), taps), k);
              Value element = memref::LoadOp::create(b, loc, args[0], ValueRange{from});
              memref::StoreOp::create(b, loc, convertFloat(kb, element, shape.computeType), args[1], ValueRange{to});
            });
          });
        });
        func::ReturnOp::create(b, loc);
      });
  func::CallOp::create(b, loc, kernel, ValueRange{source, packed});
  return packed;
}

} // namespace winnow::kernel
