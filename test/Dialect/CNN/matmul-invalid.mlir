// RUN: winnow-opt %s -split-input-file -verify-diagnostics

// Functions are named by the op and the label of the constraint that they
// break, as the op's description lists them.

func.func @matmul_c1(%a: tensor<f32>, %b: tensor<4x5xf32>) {
  // expected-error@+1 {{'cnn.matmul' op expected operands of rank 1 or more but got ranks 0 and 2}}
  %y = cnn.matmul %a, %b : (tensor<f32>, tensor<4x5xf32>) -> tensor<2x3x5xf32>
  return
}

// -----

func.func @matmul_c2(%a: tensor<2x3x4xf32>, %b: tensor<5x4xf32>) {
  // expected-error@+1 {{'cnn.matmul' op expected equal inner extents but got 4 and 5}}
  %y = cnn.matmul %a, %b : (tensor<2x3x4xf32>, tensor<5x4xf32>) -> tensor<2x3x5xf32>
  return
}

// -----

func.func @matmul_c3(%a: tensor<2x3x4xf32>, %b: tensor<3x4x5xf32>) {
  // expected-error@+1 {{'cnn.matmul' op expected shapes that broadcast but got 2 and 3}}
  %y = cnn.matmul %a, %b : (tensor<2x3x4xf32>, tensor<3x4x5xf32>) -> tensor<2x3x5xf32>
  return
}

// -----

func.func @matmul_c4(%a: tensor<2x3x4xf32>, %b: tensor<4x5xf64>) {
  // expected-error@+1 {{'cnn.matmul' op expected a right operand of element type f32 but got f64}}
  %y = cnn.matmul %a, %b : (tensor<2x3x4xf32>, tensor<4x5xf64>) -> tensor<2x3x5xf32>
  return
}

// -----

func.func @matmul_r(%a: tensor<2x3x4xf32>, %b: tensor<4x5xf32>) {
  // expected-error@+1 {{'cnn.matmul' op expected results of type 'tensor<2x3x5xf32>' but got 'tensor<3x5xf32>'}}
  %y = cnn.matmul %a, %b : (tensor<2x3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>
  return
}

// -----

func.func @gemm_c1_0(%a: tensor<2x3x4xf32>, %b: tensor<4x5xf32>) {
  // expected-error@+1 {{'cnn.gemm' op expected matrices of rank 2 but got rank 3}}
  %y = cnn.gemm %a, %b : (tensor<2x3x4xf32>, tensor<4x5xf32>) -> tensor<2x3x5xf32>
  return
}

// -----

func.func @gemm_c1_1(%a: tensor<3x4xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'cnn.gemm' op expected matrices of rank 2 but got rank 1}}
  %y = cnn.gemm %a, %b : (tensor<3x4xf32>, tensor<4xf32>) -> tensor<2x3x5xf32>
  return
}

// -----

func.func @gemm_c2(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>) {
  // expected-error@+1 {{'cnn.gemm' op expected equal inner extents but got 4 and 5}}
  %y = cnn.gemm %a, %b transpose_rhs true : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @gemm_c3_0(%a: tensor<3x4xf32>, %b: tensor<4x5xf64>) {
  // expected-error@+1 {{'cnn.gemm' op expected a right operand of element type f32 but got f64}}
  %y = cnn.gemm %a, %b : (tensor<3x4xf32>, tensor<4x5xf64>) -> tensor<3x5xf32>
  return
}

// -----

func.func @gemm_c3_1(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>, %c: tensor<5xf64>) {
  // expected-error@+1 {{'cnn.gemm' op expected an addend of element type f32 but got f64}}
  %y = cnn.gemm %a, %b addend %c : (tensor<3x4xf32>, tensor<4x5xf32>, tensor<5xf64>) -> tensor<3x5xf32>
  return
}

// -----

func.func @gemm_c4_0(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>, %c: tensor<3xf32>) {
  // expected-error@+1 {{'cnn.gemm' op expected an addend that broadcasts to shape 3x5 but got shape 3}}
  %y = cnn.gemm %a, %b addend %c : (tensor<3x4xf32>, tensor<4x5xf32>, tensor<3xf32>) -> tensor<3x5xf32>
  return
}

// -----

func.func @gemm_c4_1(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>, %c: tensor<1x3x5xf32>) {
  // expected-error@+1 {{'cnn.gemm' op expected an addend that broadcasts to shape 3x5 but got shape 1x3x5}}
  %y = cnn.gemm %a, %b addend %c : (tensor<3x4xf32>, tensor<4x5xf32>, tensor<1x3x5xf32>) -> tensor<3x5xf32>
  return
}

// -----

func.func @einsum_c1_0(%a: tensor<2x3xf32>, %b: tensor<3x5xf32>) {
  // expected-error@+1 {{'cnn.einsum' op expected a term for each of 2 operands but got 'ij->ij'}}
  %y = cnn.einsum "ij->ij" %a, %b : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @einsum_c1_1() {
  // expected-error@+1 {{'cnn.einsum' op expected one operand or more but got none}}
  %y = cnn.einsum "->" : () -> tensor<f32>
  return
}

// -----

func.func @einsum_c2_0(%a: tensor<2x3xf32>, %b: tensor<3x5xf32>) {
  // expected-error@+1 {{'cnn.einsum' op expected one label for each of 2 dimensions but got 'j'}}
  %y = cnn.einsum "ij,j->ij" %a, %b : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @einsum_c2_1(%a: tensor<2x3xf32>, %b: tensor<3x5xf32>) {
  // expected-error@+1 {{'cnn.einsum' op expected one label for each of 2 dimensions but got 'jkl'}}
  %y = cnn.einsum "ij,jkl->ik" %a, %b : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @einsum_c2_2(%a: tensor<2x3xf32>, %b: tensor<3x5xf32>) {
  // expected-error@+1 {{'cnn.einsum' op expected one label for each of 2 dimensions but got 'j1'}}
  %y = cnn.einsum "i...,j1->ij" %a, %b : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @einsum_c2_3(%a: tensor<2x3xf32>, %b: tensor<3x5xf32>) {
  // expected-error@+1 {{'cnn.einsum' op expected letters and at most one ellipsis in a term but got '......ij'}}
  %y = cnn.einsum "......ij,jk->ik" %a, %b : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @einsum_c3_0(%a: tensor<2x3xf32>, %b: tensor<3x5xf32>) {
  // expected-error@+1 {{'cnn.einsum' op expected each label of the result once and in an operand but got 'ij,jk->il'}}
  %y = cnn.einsum "ij,jk->il" %a, %b : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @einsum_c3_1(%a: tensor<2x3xf32>, %b: tensor<3x5xf32>) {
  // expected-error@+1 {{'cnn.einsum' op expected each label of the result once and in an operand but got 'ij,jk->ii'}}
  %y = cnn.einsum "ij,jk->ii" %a, %b : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @einsum_c3_2(%a: tensor<2x3xf32>, %b: tensor<3x5xf32>) {
  // expected-error@+1 {{'cnn.einsum' op expected letters and at most one ellipsis in a term but got 'i->k'}}
  %y = cnn.einsum "ij,jk->i->k" %a, %b : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @einsum_c4_0(%a: tensor<2x3xf32>, %b: tensor<3x5xf32>) {
  // expected-error@+1 {{'cnn.einsum' op expected equal extents for equal labels but got 2 and 3}}
  %y = cnn.einsum "ij,ik->jk" %a, %b : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @einsum_c4_1(%a: tensor<2x3xf32>, %b: tensor<2x4xf32>) {
  // expected-error@+1 {{'cnn.einsum' op expected shapes that broadcast but got 3 and 4}}
  %y = cnn.einsum "i...,j...->ij..." %a, %b : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @einsum_c5(%a: tensor<2x3xf32>, %b: tensor<3x5xf64>) {
  // expected-error@+1 {{'cnn.einsum' op expected operands of element type f32 but got f64}}
  %y = cnn.einsum "ij,jk->ik" %a, %b : (tensor<2x3xf32>, tensor<3x5xf64>) -> tensor<2x5xf32>
  return
}
