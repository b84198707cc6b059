#pragma once

#include <functional>
#include <string>

#include "tests/support/reference_encoder.h"

namespace voisin::test {

// The parts of a transformer in double precision, by their definitions.

// x W^T + b for each row; `bias` may be empty.
Matrix Map(const Matrix& x, const Matrix& weight, const std::vector<double>& bias);
// Ba et al., "Layer Normalization", 2016; `bias` may be empty.
Matrix Normalized(Matrix x, const std::vector<double>& weight, const std::vector<double>& bias,
                  double epsilon);
Matrix Sum(Matrix x, const Matrix& y);
// By config.json's names: gelu, gelu_new, relu, silu.
Matrix Activated(Matrix x, const std::string& name);
Matrix Product(Matrix x, const Matrix& y);  // number by number
// Columns [begin, end).
Matrix Columns(const Matrix& x, size_t begin, size_t end);

// Added to the score of a key for a query; -infinity: not seen.
using ScoreBias = std::function<double(size_t head, size_t query, size_t key)>;
// Softmax(q k^T / sqrt(size of a head) + bias) v, head by head.
Matrix Attention(const Matrix& queries, const Matrix& keys, const Matrix& values, size_t heads,
                 const ScoreBias& bias);
// Su et al., "RoFormer", 2021: in each head the numbers i and i + n / 2 of its first n, n = fraction of the head, turn by
// t theta^(-2 i / n) at position t.
Matrix Rotated(Matrix x, size_t heads, double theta, double fraction);

}  // namespace voisin::test
