//===- BatchedProduct.cpp - matrix products of bilinear algorithms --------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BatchedProduct.h"

#include "Axis.h"
#include "ContractionTile.h"
#include "FilterPacking.h"
#include "ShortTile.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include <cstring>

using namespace mlir;

namespace winnow::kernel {

static constexpr int64_t kLineBytes = 64;

namespace {

/// Emits one matrix product for each point:
///
///   for points, for groups of output channels, for tiles: a register tile
///     for blocks of input channels, for channels of a block: one step
class ProductEmitter {
public:
  ProductEmitter(KernelBuilder &kb, const BatchedProduct &product, const TargetFacts &facts, ValueRange args)
      : kb(kb), product(product), facts(facts), inputs(args[0]), filter(args[1]), products(args[2]) {}

  void emit() {
    int64_t vectors = product.vectors, blocks = product.getOutBlocks(), full = blocks / vectors;
    int64_t rest = blocks % vectors, groups = full + (rest != 0);
    kb.split("points", product.points, kb.index(0), kb.index(product.points), 1, [&](Value point) {
      Value x = kb.mul(point, product.getInputPlane()), y = kb.mul(point, product.getProductPlane());
      Value w = kb.mul(point, product.getFilterPlane());
      auto emitGroup = [&](Value outBlock, int64_t vectors) {
        emitTiles(x, kb.add(w, kb.mul(outBlock, product.getDepth() * product.block)),
                  kb.add(y, kb.mul(outBlock, product.getBlockStride())), vectors);
      };
      kb.split(kChannelAxis, groups, kb.index(0), kb.index(full), 1,
               [&](Value group) { emitGroup(kb.mul(group, vectors), vectors); });
      if (rest)
        kb.split(kChannelAxis, groups, kb.index(full), kb.index(groups), 1,
                 [&](Value) { emitGroup(kb.index(full * vectors), rest); });
    });
  }

private:
  /// All tiles for one group of output channels, cut evenly.
  void emitTiles(Value x, Value w, Value y, int64_t vectors) {
    int64_t most = std::min(product.pixels, product.tiles), count = (product.tiles + most - 1) / most;
    int64_t small = product.tiles / count, large = product.tiles % count;
    auto emitSpan = [&](int64_t size, int64_t first, int64_t number) {
      kb.loop(0, number, 1, [&](Value i) {
        Value tile = kb.add(kb.mul(i, size), first), offset = kb.mul(tile, product.getTileStride());
        emitTile(kb.add(x, offset), w, kb.add(y, offset), vectors, size, tile);
      });
    };
    emitSpan(small + 1, 0, large);
    emitSpan(small, large * (small + 1), count - large);
  }

  int64_t getElementBytes() const { return product.type.getIntOrFloatBitWidth() / 8; }

  /// Elements of the next group's filter that a tile fetches for each input channel, so that the tiles of this group
  /// together fetch it all: where filters come from far away, the first tile of a group would wait for them. 0: not
  /// worth it.
  int64_t getAheadStep(int64_t vectors, int64_t size) const {
    if (product.points * product.getFilterPlane() * getElementBytes() <= facts.l2Bytes / 2)
      return 0;
    return (size * vectors * product.block + product.tiles - 1) / product.tiles;
  }

  void fetchAhead(Value position, int64_t elements) {
    for (int64_t line = 0; line < elements; line += kLineBytes / getElementBytes())
      memref::PrefetchOp::create(kb.builder, kb.loc, filter, ValueRange{kb.add(position, line)}, /*isWrite=*/false,
                                 /*localityHint=*/2, /*isDataCache=*/true);
  }

  /// The register tile of `size` tiles by `vectors` blocks.
  std::unique_ptr<ContractionTile> makeTile(int64_t vectors, int64_t size) {
    std::unique_ptr<ContractionTile> tile;
    if (product.getStepChannels() == 2)
      tile = std::make_unique<ShortTile>(facts);
    else
      tile = std::make_unique<ContractionTile>();
    tile->computeType = product.getProductElementType();
    tile->lanes = product.block;
    tile->channelStride = product.block * product.getStepChannels();
    tile->fma = product.fma;
    tile->pixelBuffer = inputs;
    tile->channelBuffer = filter;
    tile->vectors = vectors;
    tile->prefetchDistance = kPrefetchRows * vectors * tile->channelStride;
    tile->output = products;
    tile->outputStride = product.getBlockStride();
    for (int64_t p = 0; p < size; ++p)
      tile->pixelOffsets.push_back(p * product.getTileStride());
    tile->outputOffsets = tile->pixelOffsets;
    return tile;
  }

  /// Computes `size` tiles from `first` on by one register tile.
  void emitTile(Value x, Value w, Value y, int64_t vectors, int64_t size, Value first) {
    std::unique_ptr<ContractionTile> tile = makeTile(vectors, size);
    int64_t depth = product.getDepth(), step = product.getStepChannels();
    int64_t aheadStep = getAheadStep(vectors, size), groupSize = depth * vectors * product.block;
    Value ahead = kb.add(kb.add(w, groupSize), kb.mul(first, groupSize / product.tiles));
    int64_t rowSize = vectors * product.block, full = depth / product.block;
    auto emitChannels = [&](Value block, int64_t channels, ValueRange carried) {
      Value xBlock = kb.add(x, kb.mul(block, product.getBlockStride())),
            wBlock = kb.add(w, kb.mul(block, product.block * rowSize));
      return kb.loop(kb.index(0), kb.index(channels), step, carried, [&](Value c, ValueRange carried) {
        Values values(carried.begin(), carried.end());
        if (aheadStep)
          fetchAhead(kb.add(ahead, kb.mul(kb.add(kb.mul(block, product.block), c), aheadStep)), step * aheadStep);
        tile->step(kb, kb.add(xBlock, c), kb.add(wBlock, kb.mul(c, rowSize)), values);
        return values;
      });
    };
    Values accumulators = tile->initialize(kb, kb.index(0));
    accumulators = kb.loop(kb.index(0), kb.index(full), 1, accumulators, [&](Value block, ValueRange carried) {
      return emitChannels(block, product.block, carried);
    });
    // Channels that do not exist are never read, or (the second one of a pair) meet a weight of zero.
    if (int64_t rest = depth % product.block)
      accumulators = emitChannels(kb.index(full), rest, accumulators);
    tile->finish(kb, y, accumulators);
  }

  KernelBuilder &kb;
  const BatchedProduct &product;
  const TargetFacts &facts;
  Value inputs, filter, products;
};

} // namespace

int64_t BatchedProduct::getFilterPosition(int64_t in, int64_t out) const {
  int64_t first = out / (vectors * block) * vectors, width = std::min(vectors, getOutBlocks() - first) * block;
  int64_t step = getStepChannels();
  return first * block * getDepth() + in / step * step * width + (out - first * block) * step + in % step;
}

template <typename From, typename To>
static ElementsAttr packPoints(const From *elements, const BatchedProduct &product, int64_t taps,
                               llvm::function_ref<void(const From *, llvm::MutableArrayRef<double>)> transform) {
  int64_t plane = product.getFilterPlane(), size = product.points * plane;
  auto blob = HeapAsmResourceBlob::allocate(size * sizeof(To), 64, /*dataIsMutable=*/true);
  llvm::MutableArrayRef<char> bytes = blob.getMutableData();
  std::memset(bytes.data(), 0, bytes.size());
  To *packed = reinterpret_cast<To *>(bytes.data());
  llvm::SmallVector<double> points(product.points);
  for (int64_t m = 0; m < product.outChannels; ++m)
    for (int64_t c = 0; c < product.inChannels; ++c) {
      transform(elements + (m * product.inChannels + c) * taps, points);
      To *to = packed + product.getFilterPosition(c, m);
      for (int64_t p = 0; p < product.points; ++p)
        to[p * plane] = static_cast<To>(points[p]);
    }
  return makeConstant(RankedTensorType::get({size}, product.type), std::move(blob), "filter");
}

ElementsAttr packTransformedFilter(ElementsAttr filter, const BatchedProduct &product, int64_t taps,
                                   llvm::function_ref<void(const float *, llvm::MutableArrayRef<double>)> transform) {
  llvm::SmallVector<char> source = getFloats(filter, product.type);
  return packPoints<float, float>(reinterpret_cast<const float *>(source.data()), product, taps, transform);
}

ElementsAttr packTransformedFilter(llvm::ArrayRef<int8_t> filter, const BatchedProduct &product, int64_t taps,
                                   llvm::function_ref<void(const int8_t *, llvm::MutableArrayRef<double>)> transform) {
  return packPoints<int8_t, int16_t>(filter.data(), product, taps, transform);
}

func::FuncOp getBatchedProductKernel(KernelContext &context, Location loc, const BatchedProduct &product) {
  Builder b(loc.getContext());
  std::string name;
  llvm::raw_string_ostream(name) << "batched_product_" << product.inChannels << "to" << product.outChannels << "_b"
                                 << product.block << "_n" << product.points << "_" << product.tiles << "of"
                                 << product.pitch << "_t" << product.pixels << "x" << product.vectors
                                 << (product.pointsInside ? "_inside" : "")
                                 << (product.getStepChannels() == 2 ? "_pairs" : "");
  auto type = b.getFunctionType({product.getInputType(), product.getFilterType(), product.getProductType()}, {});
  return context.getOrCreateKernel(name, type, [&](OpBuilder &b, Location loc, ValueRange args) {
    KernelBuilder kb(b, loc, b.getInsertionBlock());
    ProductEmitter(kb, product, context.getFacts(), args).emit();
    func::ReturnOp::create(b, loc);
  });
}

} // namespace winnow::kernel
