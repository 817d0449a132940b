//===- SpatialOps.td - resizing and sampling of pictures -*- tablegen -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "winnow/Dialect/CNN/CNNAttributes.td"
include "winnow/Dialect/CNN/CNNInterfaces.td"

def CNN_ResizeOp : CNN_Op<"resize"> {
  let summary = "interpolation to another size (ONNX Resize and Upsample)";
  let description = [{
    Every dimension may change. `scales` (one for each dimension) decide the
    coordinates, the result's shape the extents. `roi` (all starts, then all
    ends, normalised) belongs to `tf_crop_and_resize`. `cubic_a` is the cubic
    coefficient (Keys 1981), `antialias` widens the filter when shrinking.

    Constraints:
    - (C1) the result has the element type and rank of `input`.
    - (C2) `scales` has one finite entry above 0 for each dimension.
    - (C3) `roi` has two entries for each dimension where `tf_crop_and_resize` reads
      them.
    - (C4) extents of the result are dynamic only where those of the input are.
    - (C5) an empty dimension stays empty.

    Example:
    ```mlir
    %y = cnn.resize linear %x coordinates half_pixel rounding floor scales [1.0, 1.0, 2.0, 2.0]
         : (tensor<1x3x4x4xf32>) -> tensor<1x3x8x8xf32>
    ```
  }];
  let arguments = (ins CNN_ResizeModeAttr:$mode, CNN_NumberTensor:$input, CNN_CoordinateModeAttr:$coordinates,
                       CNN_NearestModeAttr:$rounding, DenseF64ArrayAttr:$scales, OptionalAttr<DenseF64ArrayAttr>:$roi,
                       DefaultValuedAttr<F64Attr, "-0.75">:$cubic_a,
                       DefaultValuedAttr<BoolAttr, "false">:$exclude_outside,
                       DefaultValuedAttr<F64Attr, "0.0">:$extrapolation_value,
                       DefaultValuedAttr<BoolAttr, "false">:$antialias);
  let results = (outs CNN_NumberTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $mode $input `coordinates` $coordinates `rounding` $rounding `scales` $scales (`roi` $roi^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_GridSampleOp : CNN_InferredOp<"grid_sample"> {
  let summary = "values of a picture at given coordinates";
  let description = [{
    `grid` (N, spatial..., r) holds normalised coordinates in [-1, 1], x first.
    Jaderberg et al. 2015, section 3.3.

    Constraints:
    - (C1) `input` and `grid` have one rank of 3 or more.
    - (C2) `grid` has the batch of `input` and one coordinate for each spatial
      dimension.

    Example:
    ```mlir
    %y = cnn.grid_sample linear %x, %g padding zeros align_corners true
         : (tensor<1x3x4x4xf32>, tensor<1x6x6x2xf32>) -> tensor<1x3x6x6xf32>
    ```
  }];
  let arguments = (ins CNN_ResizeModeAttr:$mode, CNN_FloatTensor:$input, CNN_FloatTensor:$grid,
                       CNN_SamplePaddingAttr:$padding, DefaultValuedAttr<BoolAttr, "false">:$align_corners);
  let results = (outs CNN_FloatTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $mode $input `,` $grid `padding` $padding (`align_corners` $align_corners^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def CNN_RoiAlignOp : CNN_InferredOp<"roi_align"> {
  let summary = "a grid of averages or maxima for each region of interest";
  let description = [{
    `rois` (n, 4) as x1, y1, x2, y2; `batch_indices` (n). He et al. 2017,
    section 3. With `half_pixel` coordinates shift by half a pixel.

    Constraints:
    - (C1) `input` has rank 4.
    - (C2) `rois` has shape (n, 4) and `batch_indices` (n).
    - (C3) `output_size` has two entries of at least 1.
    - (C4) `kind` is `average` or `max`.
    - (C5) `sampling_ratio` is at least 0.

    Example:
    ```mlir
    %y = cnn.roi_align average %x, %r, %b output_size [2, 2] sampling_ratio 2 spatial_scale 1.0
         : (tensor<1x3x8x8xf32>, tensor<4x4xf32>, tensor<4xi64>) -> tensor<4x3x2x2xf32>
    ```
  }];
  let arguments = (ins CNN_PoolKindAttr:$kind, CNN_FloatTensor:$input, CNN_FloatTensor:$rois, CNN_I64Tensor:$batch_indices,
                       DenseI64ArrayAttr:$output_size, I64Attr:$sampling_ratio, F64Attr:$spatial_scale,
                       DefaultValuedAttr<BoolAttr, "true">:$half_pixel);
  let results = (outs CNN_FloatTensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $kind $input `,` $rois `,` $batch_indices `output_size` $output_size `sampling_ratio` $sampling_ratio
    `spatial_scale` $spatial_scale (`half_pixel` $half_pixel^)? attr-dict `:` functional-type(operands, results)
  }];
}
