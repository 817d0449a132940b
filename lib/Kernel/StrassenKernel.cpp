//===- StrassenKernel.cpp - pointwise convolutions by seven products ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StrassenKernel.h"

#include "Axis.h"
#include "ContractionTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace winnow::kernel {

/// There are several passes over the tiles where the filters of a group take more than this part of the second level
/// cache (measured).
static constexpr int64_t kPassesBytes = 4;

namespace {

/// The operand of a product: a quarter of A or a sum.
struct Factor {
  int64_t sum = 0;           ///< the number of S, or
  int64_t row = 0, half = 0; ///< half of the pixels, half of the input channels
};

/// Those of the products in the order in which they are computed: P1, P2, P6, P7, -P4, P5, P3.
static constexpr Factor kFactors[] = {{0, 0, 0}, {0, 0, 1}, {2}, {3}, {0, 1, 1}, {1}, {4}};
enum Product : int64_t { P1, P2, P6, P7, P4, P5, P3 };

/// The pixels and channels of one register tile: pairs of pixels by blocks of half the output channels.
struct Tile {
  const StrassenChunk &chunk;
  Value channels;   ///< first block
  int64_t vectors;  ///< blocks
  Value filter;     ///< where the group's packed filters start
  Value pair;       ///< first pair
  int64_t size;     ///< pairs
  bool isLast;      ///< whether the last pair has no second pixel
  Value ahead = {}; ///< where it fetches the next group's filters; may be null
  int64_t step = 0; ///< and how many elements of it each step fetches
  int64_t pixels() const { return size * vectors; }
};

/// Emits for groups of half the output channels, for pairs of pixels: four register tiles.
class ProductEmitter {
public:
  ProductEmitter(KernelBuilder &kb, const StrassenPlan &plan, const TargetFacts &facts, ValueRange args)
      : kb(kb), plan(plan), shape(plan.shape), block(plan.shape.block), facts(facts) {
    unsigned next = 0;
    input = args[next++];
    sums = args[next++];
    filter = args[next++];
    bias = shape.bias ? args[next++] : Value();
    residual = shape.residual ? args[next++] : Value();
    output = args[next++];
    int64_t pairs = plan.getNumPairs(plan.chunkPixels);
    hasPasses = shape.vectors * plan.getFilterSize() * 4 > facts.l2Bytes / kPassesBytes &&
                3 * pairs * shape.vectors * block * 4 <= facts.l1Bytes;
    slotSize = (hasPasses ? pairs : shape.pixels) * shape.vectors * block;
    waiting = allocate(MemRefType::get({3 * slotSize}, shape.computeType));
    place = allocate(MemRefType::get({1}, kb.builder.getI64Type()));
  }

  void emit() {
    // Nothing has been added up: a place before the first one.
    storePlace(kb.index(-1));
    int64_t whole = plan.getNumPixels() / plan.chunkPixels, rest = plan.getNumPixels() % plan.chunkPixels;
    emitChunks(0, whole, plan.chunkPixels);
    emitChunks(whole, plan.getNumChunks(), rest);
  }

private:
  Value allocate(MemRefType type) {
    return memref::AllocaOp::create(kb.builder, kb.loc, type, kb.builder.getI64IntegerAttr(64));
  }

  /// All slices of chunks [first, end), of `pixels` each.
  void emitChunks(int64_t first, int64_t end, int64_t pixels) {
    int64_t slices = plan.slices;
    kb.split("slices", plan.getNumChunks() * slices, kb.index(first * slices), kb.index(end * slices), 1,
             [&](Value position) {
               Value number = kb.div(position, slices);
               StrassenChunk chunk{plan, pixels, kb.mul(number, plan.chunkPixels), getSums(position, number, pixels)};
               emitSlice(chunk, kb.rem(position, slices));
             });
  }

  /// Where the sums of a chunk are, which are added up if this is the first slice of it.
  Value getSums(Value position, Value number, int64_t pixels) {
    int64_t size = 4 * plan.getSumPlane();
    OpBuilder &b = kb.builder;
    StrassenChunk mine{plan, pixels, kb.mul(number, plan.chunkPixels), kb.mul(position, size)};
    if (plan.slices == 1) {
      emitStrassenSums(kb, mine, input, sums);
      return mine.sums;
    }
    Value isNew = arith::CmpIOp::create(b, kb.loc, arith::CmpIPredicate::slt, loadPlace(), kb.mul(number, plan.slices));
    auto choice = scf::IfOp::create(b, kb.loc, TypeRange(), isNew, /*withElseRegion=*/false);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPoint(choice.thenBlock()->getTerminator());
      emitStrassenSums(kb, mine, input, sums);
      storePlace(position);
    }
    return kb.mul(loadPlace(), size);
  }

  Value loadPlace() {
    Value number = memref::LoadOp::create(kb.builder, kb.loc, place, ValueRange{kb.index(0)});
    return arith::IndexCastOp::create(kb.builder, kb.loc, kb.builder.getIndexType(), number);
  }

  void storePlace(Value position) {
    Value number = arith::IndexCastOp::create(kb.builder, kb.loc, kb.builder.getI64Type(), position);
    memref::StoreOp::create(kb.builder, kb.loc, number, place, ValueRange{kb.index(0)});
  }

  /// The groups of slice `slice` of a chunk; the last group of all may be narrower.
  void emitSlice(const StrassenChunk &chunk, Value slice) {
    int64_t groups = plan.getNumGroups(), full = plan.getHalfOut() / shape.vectors;
    int64_t rest = plan.getHalfOut() % shape.vectors, size = (groups + plan.slices - 1) / plan.slices;
    Value begin = kb.mul(slice, size), end = kb.add(begin, size);
    auto emitGroups = [&](Value first, Value last, int64_t vectors) {
      kb.loop(first, last, 1, {}, [&](Value group, ValueRange) {
        emitTiles(chunk, kb.mul(group, shape.vectors), vectors);
        return Values();
      });
    };
    emitGroups(begin, kb.min(end, kb.index(full)), shape.vectors);
    if (rest)
      emitGroups(kb.max(begin, kb.index(full)), kb.min(end, kb.index(groups)), rest);
  }

  /// All pairs for one group of channels, cut evenly.
  void emitTiles(const StrassenChunk &chunk, Value channels, int64_t vectors) {
    int64_t pairs = chunk.getNumPairs(), most = std::min(shape.pixels, pairs), count = (pairs + most - 1) / most;
    int64_t small = pairs / count, split = pairs % count * (small + 1), whole = pairs - (chunk.isOdd() ? small : 0);
    for (llvm::ArrayRef<Step> steps : getPasses()) {
      auto emitSpan = [&](int64_t begin, int64_t end, int64_t size, bool isLast) {
        kb.loop(begin, end, size, [&](Value pair) {
          Tile tile{chunk, channels, vectors, kb.mul(channels, plan.getFilterSize()), pair, size, isLast};
          setAhead(tile);
          for (Step step : steps)
            (this->*step)(tile);
        });
      };
      emitSpan(0, split, small + 1, false);
      emitSpan(split, whole, small, false);
      emitSpan(whole, pairs, small, true);
    }
  }

  using Step = void (ProductEmitter::*)(const Tile &);

  /// What happens in each pass over the tiles of a group: everything, or one step, so that the next tile finds the
  /// filters of the step in the second level cache.
  llvm::SmallVector<llvm::ArrayRef<Step>> getPasses() const {
    static constexpr Step kSteps[] = {&ProductEmitter::emitFirst, &ProductEmitter::emitSecond,
                                      &ProductEmitter::emitThird};
    if (!hasPasses)
      return {kSteps};
    return {kSteps[0], kSteps[1], kSteps[2]};
  }

  /// C11 and, of P1, what the others need.
  void emitFirst(const Tile &tile) {
    Values p1 = multiply(tile, P1, getZeros(tile));
    wait(tile, 0, p1);
    finish(tile, 0, 0, multiply(tile, P2, p1));
  }

  /// C21, U2 and U3.
  void emitSecond(const Tile &tile) {
    Values u2 = multiply(tile, P6, get(tile, 0));
    wait(tile, 1, u2);
    Values u3 = multiply(tile, P7, u2);
    wait(tile, 2, u3);
    finish(tile, 1, 0, multiply(tile, P4, u3));
  }

  /// C22 and C12.
  void emitThird(const Tile &tile) {
    Values p5 = multiply(tile, P5, getZeros(tile));
    finish(tile, 1, 1, add(p5, get(tile, 2)));
    finish(tile, 0, 1, multiply(tile, P3, add(p5, get(tile, 1))));
  }

  Values getZeros(const Tile &tile) {
    return Values(tile.pixels(), splat(kb, VectorType::get({block}, shape.computeType), 0.0));
  }

  /// The tiles of a group together fetch the filters of the next one, each as far in as its pairs are in the chunk.
  void setAhead(Tile &tile) {
    int64_t pairs = tile.chunk.getNumPairs();
    if (plan.getHalfOut() <= shape.vectors || pairs > kMaxAheadTiles * tile.size || pairs < 2 * tile.size)
      return;
    int64_t size = tile.vectors * plan.getFilterSize();
    tile.step = (tile.pixels() * block + pairs - 1) / pairs;
    tile.ahead = kb.add(kb.add(tile.filter, size), kb.mul(tile.pair, size / pairs));
  }

  ContractionTile getContraction(const Tile &tile, int64_t pixels) const {
    ContractionTile contraction;
    contraction.computeType = shape.computeType;
    contraction.lanes = contraction.channelStride = block;
    contraction.fma = facts.hasFMA;
    contraction.channelBuffer = filter;
    contraction.vectors = tile.vectors;
    if (pixels >= kMinPrefetchPixels)
      contraction.prefetchDistance = kPrefetchRows * tile.vectors * block;
    contraction.output = output;
    contraction.outputStride = tile.chunk.getMapStride();
    contraction.epilogue.residual = residual;
    contraction.epilogue.activation = shape.activation;
    for (int64_t p = 0; p < pixels; ++p)
      contraction.pixelOffsets.push_back(p * block);
    contraction.outputOffsets = contraction.pixelOffsets;
    return contraction;
  }

  /// `carried` plus the product `number` of a tile.
  Values multiply(const Tile &tile, Product number, ValueRange carried) {
    const Factor &factor = kFactors[number];
    ContractionTile contraction = getContraction(tile, tile.size);
    contraction.pixelBuffer = factor.sum ? sums : input;
    int64_t rowSize = tile.vectors * block, rows = plan.getHalfIn() * block;
    llvm::SmallVector<bool> active(tile.size, true);
    // There is nothing behind the last pixel. What else belongs to it is computed from zeros and dropped.
    if (tile.isLast && !factor.sum && factor.row == 1)
      active.back() = false;
    return kb.loop(kb.index(0), kb.index(plan.getHalfIn()), 1, carried, [&](Value in, ValueRange carried) {
      Value x = factor.sum
                    ? tile.chunk.getSumPosition(kb, factor.sum, in, tile.pair)
                    : tile.chunk.getMapPosition(kb, factor.row, kb.add(in, factor.half * plan.getHalfIn()), tile.pair);
      Value row = kb.add(kb.mul(in, block), number * rows);
      return kb.loop(kb.index(0), kb.index(block), 1, carried, [&](Value c, ValueRange carried) {
        Values values(carried.begin(), carried.end());
        Value at = kb.add(row, c), ahead = tile.ahead ? kb.add(tile.ahead, kb.mul(at, tile.step)) : Value();
        Value next = tile.size <= block
                         ? kb.add(kb.add(x, factor.sum ? tile.chunk.getSumStride() : tile.chunk.getMapStride()),
                                  kb.mul(c, block))
                         : Value();
        contraction.step(kb, kb.add(x, c), kb.add(tile.filter, kb.mul(at, rowSize)), values, active, ahead, next);
        return values;
      });
    });
  }

  /// Where accumulator `i` of `tile` waits: P1 in slot 0, U2 in slot 1, U3 in slot 2.
  Value getWaiting(const Tile &tile, Value slot, int64_t i) {
    Value at = kb.add(kb.mul(slot, slotSize), i * block);
    return hasPasses ? kb.add(at, kb.mul(tile.pair, shape.vectors * block)) : at;
  }

  void wait(const Tile &tile, int64_t slot, ValueRange values) {
    for (auto [i, value] : llvm::enumerate(values))
      storeVector(kb, value, waiting, getWaiting(tile, kb.index(slot), i));
  }

  Values get(const Tile &tile, int64_t slot) {
    Values values;
    Value number = hide(slot);
    for (int64_t i = 0; i < tile.pixels(); ++i)
      values.push_back(loadVector(kb, waiting, getWaiting(tile, number, i), block));
    return values;
  }

  /// `number` as a value that LLVM does not know: it would find out what a slot holds, keep that in registers instead,
  /// and spill from inside the loops.
  Value hide(int64_t number) {
    Type type = kb.builder.getI64Type();
    Value known = arith::ConstantOp::create(kb.builder, kb.loc, kb.builder.getI64IntegerAttr(number));
    Value hidden = LLVM::InlineAsmOp::create(kb.builder, kb.loc, type, known, /*asm_string=*/"",
                                             /*constraints=*/"=r,0", /*has_side_effects=*/false,
                                             /*is_align_stack=*/false, LLVM::TailCallKind::None,
                                             /*asm_dialect=*/nullptr, /*operand_attrs=*/nullptr)
                       .getRes();
    return arith::IndexCastOp::create(kb.builder, kb.loc, kb.builder.getIndexType(), hidden);
  }

  Values add(ValueRange a, ValueRange b) {
    Values sums;
    for (auto [x, y] : llvm::zip_equal(a, b))
      sums.push_back(arith::AddFOp::create(kb.builder, kb.loc, x, y));
    return sums;
  }

  /// The epilogue of half `row` of the pixels by half `half` of the output channels.
  void finish(const Tile &tile, int64_t row, int64_t half, Values values) {
    ContractionTile contraction = getContraction(tile, tile.size - (tile.isLast && row == 1));
    values.resize(contraction.getNumPixels() * tile.vectors);
    Value channels = kb.add(tile.channels, half * plan.getHalfOut());
    for (int64_t v = 0; v < tile.vectors && bias; ++v) {
      Value start = loadVector(kb, bias, kb.mul(kb.add(channels, v), block), block);
      for (int64_t p = 0; p < contraction.getNumPixels(); ++p) {
        Value &value = values[p * tile.vectors + v];
        value = arith::AddFOp::create(kb.builder, kb.loc, value, start);
      }
    }
    contraction.finish(kb, tile.chunk.getMapPosition(kb, row, channels, tile.pair), values);
  }

  KernelBuilder &kb;
  const StrassenPlan &plan;
  const ConvolutionShape &shape;
  int64_t block;
  const TargetFacts &facts;
  Value input, sums, filter, bias, residual, output;
  bool hasPasses = false;
  int64_t slotSize = 0;
  Value waiting; ///< P1, U2 and U3 of a tile, or of all tiles where there are several passes over them
  Value place;   ///< the slice that has added up the latest sums
};

} // namespace

func::FuncOp getStrassenKernel(KernelContext &context, Location loc, const StrassenPlan &plan) {
  const ConvolutionShape &shape = plan.shape;
  Builder b(loc.getContext());
  llvm::SmallVector<Type> arguments(
      getKernelType(loc.getContext(), shape, plan.getFilterType().getNumElements()).getInputs());
  arguments.insert(arguments.begin() + 1, plan.getSumsType());
  std::string name = "strassen_" + shape.getName() + "_c" + std::to_string(plan.chunkPixels);
  return context.getOrCreateKernel(name, b.getFunctionType(arguments, {}),
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     ProductEmitter(kb, plan, context.getFacts(), args).emit();
                                     func::ReturnOp::create(b, loc);
                                   });
}

} // namespace winnow::kernel
