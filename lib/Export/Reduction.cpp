//===- Reduction.cpp - reductions and selections --------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_export {

static llvm::StringRef getReduceType(cnn::ReductionKind kind) {
  switch (kind) {
  case cnn::ReductionKind::Sum:
    return "ReduceSum";
  case cnn::ReductionKind::Mean:
    return "ReduceMean";
  case cnn::ReductionKind::Max:
    return "ReduceMax";
  case cnn::ReductionKind::Min:
    return "ReduceMin";
  case cnn::ReductionKind::Prod:
    return "ReduceProd";
  case cnn::ReductionKind::L1:
    return "ReduceL1";
  case cnn::ReductionKind::L2:
    return "ReduceL2";
  case cnn::ReductionKind::LogSum:
    return "ReduceLogSum";
  case cnn::ReductionKind::LogSumExp:
    return "ReduceLogSumExp";
  case cnn::ReductionKind::SumSquare:
    return "ReduceSumSquare";
  }
  llvm_unreachable("no such reduction");
}

static void exportReduce(GraphWriter &writer, cnn::ReduceOp op) {
  std::string axes = writer.addInts(op, "axes", op.getAxes());
  writer.addNode(getReduceType(op.getKind()), op, {writer.getName(op.getInput()), axes})
      .set("keepdims", op.getKeepDims())
      .set("noop_with_empty_axes", op.getAxes().empty());
}

template <typename Op> static auto positionAlongAxis(llvm::StringRef type) {
  return [type](GraphWriter &writer, Op op) {
    addPlainNode(writer, type, op)
        .set("axis", int64_t(op.getAxis()))
        .set("keepdims", op.getKeepDims())
        .set("select_last_index", op.getSelectLast());
  };
}

static void exportTopK(GraphWriter &writer, cnn::TopKOp op) {
  std::string k = writer.addInts(op, "k", {int64_t(op.getK())});
  writer.addNode("TopK", op, {writer.getName(op.getInput()), k})
      .set("axis", int64_t(op.getAxis()))
      .set("largest", op.getLargest());
}

static void exportCumSum(GraphWriter &writer, cnn::CumSumOp op) {
  std::string axis = writer.addScalar(op, "axis", IntegerType::get(op.getContext(), 64), double(op.getAxis()));
  writer.addNode("CumSum", op, {writer.getName(op.getInput()), axis})
      .set("exclusive", op.getExclusive())
      .set("reverse", op.getReverse());
}

static void exportNonMaxSuppression(GraphWriter &writer, cnn::NonMaxSuppressionOp op) {
  Type f32 = Float32Type::get(op.getContext()), i64 = IntegerType::get(op.getContext(), 64);
  std::string most = writer.addScalar(op, "max_output", i64, double(op.getMaxOutput()));
  std::string overlap = writer.addScalar(op, "iou_threshold", f32, op.getIouThreshold().convertToDouble());
  std::string score;
  if (std::optional<llvm::APFloat> threshold = op.getScoreThreshold())
    score = writer.addScalar(op, "score_threshold", f32, threshold->convertToDouble());
  writer
      .addNode("NonMaxSuppression", op,
               {writer.getName(op.getBoxes()), writer.getName(op.getScores()), most, overlap, score})
      .set("center_point_box", op.getCenterPointBox());
}

void registerReduction(Registry &registry) {
  registry.add<cnn::ReduceOp>(exportReduce);
  registry.add<cnn::ArgMaxOp>(positionAlongAxis<cnn::ArgMaxOp>("ArgMax"));
  registry.add<cnn::ArgMinOp>(positionAlongAxis<cnn::ArgMinOp>("ArgMin"));
  registry.add<cnn::TopKOp>(exportTopK);
  registry.add<cnn::CumSumOp>(exportCumSum);
  registry.add<cnn::NonMaxSuppressionOp>(exportNonMaxSuppression);
}

} // namespace winnow::onnx_export
