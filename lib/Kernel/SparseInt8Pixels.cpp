//===- SparseInt8Pixels.cpp - pixels of bytes in and out of lanes ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparseInt8Pixels.h"

#include "ContractionTile.h"

using namespace mlir;

namespace winnow::kernel {

static Value shuffle(KernelBuilder &kb, Value a, Value b, llvm::ArrayRef<int64_t> order) {
  return vector::ShuffleOp::create(kb.builder, kb.loc, a, b, order);
}

/// One vector behind the other.
static Value concatenate(KernelBuilder &kb, Value a, Value b) {
  int64_t size = cast<VectorType>(a.getType()).getNumElements() + cast<VectorType>(b.getType()).getNumElements();
  return shuffle(kb, a, b, llvm::to_vector(llvm::seq<int64_t>(0, size)));
}

/// Elements of two vectors in turn, from the lower or the upper half of each 128-bit part.
static Value interleave(KernelBuilder &kb, Value a, Value b, bool upper) {
  auto type = cast<VectorType>(a.getType());
  int64_t size = type.getNumElements(), part = 128 / type.getElementTypeBitWidth();
  llvm::SmallVector<int64_t> order;
  for (int64_t first = upper ? part / 2 : 0; first < size; first += part)
    for (int64_t i = first; i < first + part / 2; ++i)
      order.append({i, size + i});
  return shuffle(kb, a, b, order);
}

/// Even or odd elements of each 128-bit part of two vectors.
static Value takeEvery(KernelBuilder &kb, Value a, Value b, int64_t odd) {
  auto type = cast<VectorType>(a.getType());
  int64_t size = type.getNumElements(), part = 128 / type.getElementTypeBitWidth();
  llvm::SmallVector<int64_t> order;
  for (int64_t first = 0; first < size; first += part)
    for (int64_t from : {first, size + first})
      for (int64_t i = odd; i < part; i += 2)
        order.push_back(from + i);
  return shuffle(kb, a, b, order);
}

/// Squares of four words in each 128-bit part change places across their diagonals.
static Values transposeWords(KernelBuilder &kb, const Values &v) {
  Values pairs, rows;
  for (bool upper : {false, true})
    for (int64_t i : {0, 2})
      pairs.push_back(bitcastElements(kb, interleave(kb, v[i], v[i + 1], upper), 64));
  for (int64_t i : {0, 2})
    for (bool upper : {false, true})
      rows.push_back(bitcastElements(kb, interleave(kb, pairs[i], pairs[i + 1], upper), 32));
  return rows;
}

/// Vectors of four pixels become vectors of one quad of all pixels.
Values SparseInt8Pixels::splitQuads(Values vectors) {
  for (Value &vector : vectors)
    vector = bitcastElements(kb, vector, 32);
  if (vectors.size() == 4)
    return transposeWords(kb, vectors);
  if (vectors.size() == 2)
    return {takeEvery(kb, vectors[0], vectors[1], 0), takeEvery(kb, vectors[0], vectors[1], 1)};
  return vectors;
}

Values SparseInt8Pixels::joinQuads(Values vectors) {
  if (vectors.size() == 4)
    vectors = transposeWords(kb, vectors);
  else if (vectors.size() == 2)
    vectors = {interleave(kb, vectors[0], vectors[1], false), interleave(kb, vectors[0], vectors[1], true)};
  for (Value &vector : vectors)
    vector = bitcastElements(kb, vector, 8);
  return vectors;
}

/// A block of the pixels that lie at `offsets` from byte `first`, quad by quad; of those that are not `inside` (null:
/// they are), bytes of `outside`.
Values SparseInt8Pixels::loadQuads(Value buffer, Value first, llvm::ArrayRef<int64_t> offsets, const Values &inside,
                                   int64_t outside) {
  OpBuilder &b = kb.builder;
  int64_t size = plan.tiling.vector;
  auto loadOne = [&](int64_t lane) {
    Value at = kb.add(first, offsets[lane] * size);
    if (!inside[lane])
      return loadStored(kb, buffer, at, size);
    // What is outside is read from a place that exists, and dropped.
    Value safe = arith::SelectOp::create(b, kb.loc, inside[lane], at, kb.index(0));
    Value fill = arith::ConstantOp::create(
        b, kb.loc, getBytes(size),
        DenseElementsAttr::get(getBytes(size), llvm::APInt(8, static_cast<uint64_t>(outside))));
    return arith::SelectOp::create(b, kb.loc, inside[lane], loadStored(kb, buffer, safe, size), fill).getResult();
  };
  Values vectors;
  for (int64_t lane = 0; lane < size; lane += kDotChannels) {
    bool together = true;
    for (int64_t i = 0; i < kDotChannels; ++i)
      together &= !inside[lane + i] && offsets[lane + i] == offsets[lane] + i;
    if (together)
      vectors.push_back(loadStored(kb, buffer, kb.add(first, offsets[lane] * size), kDotChannels * size));
    else
      vectors.push_back(concatenate(kb, concatenate(kb, loadOne(lane), loadOne(lane + 1)),
                                    concatenate(kb, loadOne(lane + 2), loadOne(lane + 3))));
  }
  return splitQuads(vectors);
}

/// The pixel of each lane after `splitQuads`.
static llvm::SmallVector<int64_t> getLaneOrder(int64_t lanes) {
  int64_t quads = lanes / kDotChannels, together = kDotChannels / quads;
  llvm::SmallVector<int64_t> order;
  for (int64_t part = 0; part < quads; ++part)
    for (int64_t word = 0; word < kDotChannels; ++word)
      order.push_back(word / together * kDotChannels + part * together + word % together);
  return order;
}

/// The same of pictures, whose pixels are one word each: in the lanes that quads have.
Values SparseInt8Pixels::loadWords(Value first, llvm::ArrayRef<int64_t> offsets, const Values &inside) {
  OpBuilder &b = kb.builder;
  uint64_t byte = static_cast<uint64_t>(plan.shape.quantized->inputZero) & 0xff;
  Value outside = arith::ConstantOp::create(b, kb.loc, b.getI32IntegerAttr(static_cast<int32_t>(byte * 0x01010101)));
  Values words;
  for (int64_t lane : getLaneOrder(plan.tiling.vector)) {
    Value at = kb.add(first, offsets[lane] * kDotChannels);
    Value safe = inside[lane] ? arith::SelectOp::create(b, kb.loc, inside[lane], at, kb.index(0)).getResult() : at;
    Value word = bitcastElements(kb, loadStored(kb, input, safe, kDotChannels), 32);
    word = vector::ExtractOp::create(b, kb.loc, word, 0);
    words.push_back(inside[lane] ? arith::SelectOp::create(b, kb.loc, inside[lane], word, outside).getResult() : word);
  }
  auto type = VectorType::get({plan.tiling.vector}, b.getI32Type());
  return {vector::FromElementsOp::create(b, kb.loc, type, words)};
}

/// The quads of a block of the input, from pixel `pixel` on.
Values SparseInt8Pixels::loadInput(Value pixel, llvm::ArrayRef<int64_t> offsets, const Values &inside) {
  Value first = kb.mul(pixel, plan.shape.inBlock);
  if (bytePlan.readsPictures() && plan.tiling.vector != kDotChannels)
    return loadWords(first, offsets, inside);
  return loadQuads(input, first, offsets, inside, plan.shape.quantized->inputZero);
}

/// Stores a block of a position, as products take it; `place` counts vectors.
void SparseInt8Pixels::storeQuads(const Values &quads, Value block, Value place) {
  const SparseTiling &tiling = plan.tiling;
  int64_t bytes = bytePlan.getVectorBytes(), row = tiling.getPanelVectors() * bytes;
  Value at = kb.add(kb.mul(block, tiling.getPerBlock() * row), kb.mul(place, bytes));
  int64_t number = 0;
  for (Value quad : quads)
    for (Value part : bytePlan.product.prepareUnsigned(kb, bitcastElements(kb, quad, 8)))
      vector::StoreOp::create(kb.builder, kb.loc, bitcastElements(kb, part, 8), panel,
                              ValueRange{kb.add(at, number++ * row)});
}

void SparseInt8Pixels::fillPanel(const SparseChunk &chunk, Value firstBlock, int64_t blocks) {
  kb.loop(0, blocks, 1, [&](Value block) {
    Value from = kb.mul(kb.add(firstBlock, block), plan.shape.window.getNumInputs());
    if (plan.tiling.window.isFlat)
      fillFlatBytes(chunk, from, block);
    else
      fillRowsOfBytes(chunk, from, block);
  });
}

/// `from` is the first pixel of the block in the input, `block` its number in the panel.
void SparseInt8Pixels::fillFlatBytes(const SparseChunk &chunk, Value from, Value block) {
  int64_t size = plan.tiling.vector;
  auto move = [&](Value place, int64_t count) {
    Value first = kb.add(kb.add(from, chunk.column), kb.mul(place, size));
    llvm::SmallVector<int64_t> offsets;
    for (int64_t lane = 0; lane < size; ++lane)
      offsets.push_back(std::min(lane, count - 1));
    storeQuads(loadInput(first, offsets, Values(size)), block, place);
  };
  kb.loop(0, chunk.pixels / size, 1, [&](Value place) { move(place, size); });
  if (int64_t rest = chunk.pixels % size)
    move(kb.index(chunk.pixels / size), rest);
}

void SparseInt8Pixels::fillRowsOfBytes(const SparseChunk &chunk, Value from, Value block) {
  const SparseTiling &tiling = plan.tiling;
  const WindowShape &window = plan.shape.window;
  llvm::SmallVector<int64_t> offsets = getLaneOffsets(window.in[2], window.stride[1], window.stride[2]);
  kb.loop(0, tiling.panel[0], 1, [&](Value row) {
    Values rows = getInside(0, chunk.row, row);
    Value y = kb.add(kb.add(kb.mul(chunk.row, window.stride[1]), row), -window.pad[1]);
    Value start = kb.add(from, kb.mul(y, window.in[2]));
    kb.loop(0, tiling.panel[1], 1, [&](Value column) {
      Values columns = getInside(1, chunk.column, column), inside;
      Value x = kb.add(kb.add(kb.mul(chunk.column, window.stride[2]), column), -window.pad[2]);
      for (int64_t lane = 0; lane < tiling.vector; ++lane)
        inside.push_back(both(rows[lane / tiling.lanes[1]], columns[lane % tiling.lanes[1]]));
      storeQuads(loadInput(kb.add(start, x), offsets, inside), block, kb.add(kb.mul(row, tiling.panel[1]), column));
    });
  });
}

/// Four vectors of one channel each as bytes, those of a pixel together.
Value SparseInt8Pixels::packQuad(llvm::ArrayRef<Value> channels) {
  int64_t lanes = plan.tiling.vector;
  llvm::SmallVector<int64_t> order;
  Value bytes;
  if (bytePlan.product.isGeneric()) {
    Values packed;
    for (Value channel : channels)
      packed.push_back(requantizer.pack(channel));
    bytes = concatenate(kb, concatenate(kb, packed[0], packed[1]), concatenate(kb, packed[2], packed[3]));
    for (int64_t pixel = 0; pixel < lanes; ++pixel)
      for (int64_t c = 0; c < kDotChannels; ++c)
        order.push_back(c * lanes + pixel);
  } else {
    bytes = requantizer.packInterleaved(channels);
    for (int64_t part = 0; part < kDotChannels * lanes; part += 16)
      for (int64_t pixel = 0; pixel < 4; ++pixel)
        for (int64_t c = 0; c < kDotChannels; ++c)
          order.push_back(part + c * 4 + pixel);
  }
  return bitcastElements(kb, shuffle(kb, bytes, bytes, order), 32);
}

/// The sums of a block of channels that start at `at`, as bytes of pixels; `residual` has its quads, or is empty.
Values SparseInt8Pixels::requantize(Value block, Value at, const Values &residual) {
  const SparseTiling &tiling = plan.tiling;
  OpBuilder &b = kb.builder;
  auto real = VectorType::get({tiling.vector}, b.getF32Type());
  auto broadcast = [&](Value position) -> Value {
    Value number = memref::LoadOp::create(b, kb.loc, scales, ValueRange{position});
    return vector::BroadcastOp::create(b, kb.loc, real, number);
  };
  Value first = kb.mul(block, tiling.vector);
  Value ratio = residual.empty() ? Value() : broadcast(kb.index(plan.shape.getOutBlocks() * tiling.vector));
  Values quads;
  for (int64_t quad = 0; quad < bytePlan.getQuads(); ++quad) {
    Values channels;
    for (int64_t i = 0; i < kDotChannels; ++i) {
      int64_t c = quad * kDotChannels + i;
      Value sum = loadVector(kb, sums, kb.add(at, c * tiling.getSumVectors() * tiling.vector), tiling.vector);
      Value t = requantizer.scale(sum, broadcast(kb.add(first, c)));
      if (!residual.empty())
        t = requantizer.addResidual(t, getUnsignedByte(kb, residual[quad], i), ratio);
      channels.push_back(t);
    }
    quads.push_back(packQuad(channels));
  }
  return joinQuads(quads);
}

/// Stores pixels at `offsets` from byte `first` where `stored` (null: always) says so.
void SparseInt8Pixels::storeBytes(const Values &vectors, Value first, llvm::ArrayRef<int64_t> offsets,
                                  const Values &stored) {
  int64_t size = plan.tiling.vector, count = static_cast<int64_t>(offsets.size());
  auto store = [&](Value bytes, int64_t lane) {
    vector::StoreOp::create(kb.builder, kb.loc, bytes, output, ValueRange{kb.add(first, offsets[lane] * size)});
  };
  for (int64_t lane = 0; lane < count; ++lane) {
    Value vector = vectors[lane / kDotChannels];
    bool together = lane % kDotChannels == 0 && lane + kDotChannels <= count;
    for (int64_t i = 0; together && i < kDotChannels; ++i)
      together = !stored[lane + i] && offsets[lane + i] == offsets[lane] + i;
    if (together) {
      store(vector, lane);
      lane += kDotChannels - 1;
      continue;
    }
    int64_t from = lane % kDotChannels * size;
    Value pixel = shuffle(kb, vector, vector, llvm::to_vector(llvm::seq<int64_t>(from, from + size)));
    if (!stored[lane]) {
      store(pixel, lane);
      continue;
    }
    auto choice = scf::IfOp::create(kb.builder, kb.loc, TypeRange(), stored[lane], /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(kb.builder);
    kb.builder.setInsertionPoint(choice.thenBlock()->getTerminator());
    store(pixel, lane);
  }
}

/// One vector of outputs whose sums are at `at` and whose pixels lie at `offsets` from byte `first`.
void SparseInt8Pixels::storePlace(Value block, Value at, Value first, llvm::ArrayRef<int64_t> offsets,
                                  const Values &stored) {
  Values quads;
  if (residual) {
    llvm::SmallVector<int64_t> from(offsets);
    Values inside(stored);
    from.resize(plan.tiling.vector, offsets.back());
    inside.resize(plan.tiling.vector);
    quads = loadQuads(residual, first, from, inside, 0);
  }
  storeBytes(requantize(block, at, quads), first, offsets, stored);
}

void SparseInt8Pixels::storeBlock(const SparseChunk &chunk, Value block, Value row, Value at) {
  const SparseTiling &tiling = plan.tiling;
  const WindowShape &window = plan.shape.window;
  int64_t size = tiling.vector;
  llvm::SmallVector<int64_t> offsets = getLaneOffsets(window.out[2], 1, 1);
  Value plane = kb.mul(block, window.getNumOutputs());
  if (tiling.window.isFlat) {
    auto store = [&](Value place, int64_t count) {
      Value first = kb.add(kb.add(plane, chunk.column), kb.mul(place, size));
      storePlace(block, kb.add(at, kb.mul(place, size)), kb.mul(first, size), llvm::ArrayRef(offsets).take_front(count),
                 Values(count));
    };
    kb.loop(0, chunk.pixels / size, 1, [&](Value place) { store(place, size); });
    if (int64_t rest = chunk.pixels % size)
      store(kb.index(chunk.pixels / size), rest);
    return;
  }
  kb.loop(0, tiling.rows, 1, [&](Value i) {
    Value y = kb.add(row, i);
    Values rows = getStored(0, chunk.row, y);
    kb.loop(0, tiling.width, 1, [&](Value x) {
      Values columns = getStored(1, chunk.column, x), stored;
      for (int64_t lane = 0; lane < size; ++lane)
        stored.push_back(both(rows[lane / tiling.lanes[1]], columns[lane % tiling.lanes[1]]));
      Value first = kb.add(kb.mul(kb.add(chunk.row, y), window.out[2]), kb.add(chunk.column, x));
      storePlace(block, kb.add(at, kb.mul(kb.add(kb.mul(i, tiling.width), x), size)),
                 kb.mul(kb.add(plane, first), size), offsets, stored);
    });
  });
}

} // namespace winnow::kernel
