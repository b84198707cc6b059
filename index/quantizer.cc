#include "index/quantizer.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace voisin::index {
namespace {

std::vector<float> Centre(size_t dimensions, std::span<const float> vectors) {
  std::vector<double> sums(dimensions);
  for (size_t i = 0; i + dimensions <= vectors.size(); i += dimensions) {
    for (size_t j = 0; j < dimensions; ++j) sums[j] += vectors[i + j];
  }
  const double rows = static_cast<double>(std::max<size_t>(1, vectors.size() / dimensions));
  std::vector<float> centre(dimensions);
  std::ranges::transform(sums, centre.begin(), [rows](double sum) { return static_cast<float>(sum / rows); });
  return centre;
}

void Subtract(const float* vector, std::span<const float> centre, float* out) {
  for (size_t i = 0; i < centre.size(); ++i) out[i] = vector[i] - centre[i];
}

double InnerProduct(std::span<const float> a, std::span<const float> b) {
  double sums[4] = {0, 0, 0, 0};
  for (size_t i = 0; i < a.size(); ++i) sums[i % 4] += double{a[i]} * b[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

// To nearest, ties to even; whatever `x` is, also not a number. A small number added to 1.5 * 2^23 is rounded, and stands in
// the lowest bits of the sum.
int8_t Round(float x) {
  const float clamped = x >= 127 ? 127.0f : x > -127 ? x : -127.0f;
  return static_cast<int8_t>(std::bit_cast<int32_t>(clamped + 12582912.0f));
}

// Fills `codes` and returns their scale.
float Encode(std::span<const float> vector, int8_t* codes) {
  float largest = 0;
  for (float x : vector) largest = std::max(largest, std::abs(x));
  const float scale = largest / 127;
  const float inverse = scale > 0 ? 1 / scale : 0;
  if (!std::isfinite(inverse)) return 0;  // the codes are zeros
  for (size_t i = 0; i < vector.size(); ++i) codes[i] = Round(vector[i] * inverse);
  return scale;
}

double Bias(Metric metric, std::span<const float> centred, std::span<const float> centre) {
  return metric == Metric::l2 ? -InnerProduct(centred, centred) : InnerProduct(centre, centred);
}

// Length of `vector - scale * codes`.
double ErrorLength(std::span<const float> vector, const int8_t* codes, float scale) {
  double squares = 0;
  for (size_t i = 0; i < vector.size(); ++i) {
    const double error = double{vector[i]} - double{scale} * codes[i];
    squares += error * error;
  }
  return std::sqrt(squares);
}

}  // namespace

float LengthAtMost(std::span<const float> vector) {
  return static_cast<float>(std::sqrt(InnerProduct(vector, vector)) * (1 + kRounding));
}

Codes Quantize(Metric metric, size_t dimensions, std::span<const float> vectors) {
  const size_t rows = vectors.size() / dimensions, stride = CodeStride(dimensions);
  Codes codes{Centre(dimensions, vectors), AlignedVector<int8_t>(rows * stride), std::vector<CodeTerms>(rows),
              0, 0};
  std::vector<float> centred(dimensions);
  for (size_t row = 0; row < rows; ++row) {
    Subtract(vectors.data() + row * dimensions, codes.centre, centred.data());
    codes.terms[row] = {Encode(centred, codes.codes.data() + row * stride),
                        static_cast<float>(Bias(metric, centred, codes.centre))};
    codes.largest_scale = std::max(codes.largest_scale, codes.terms[row].scale);
    codes.radius = std::max(codes.radius, LengthAtMost(centred));
  }
  return codes;
}

CodeTerms QuantizeRow(Metric metric, std::span<const float> vector, int8_t* codes) {
  const float scale = Encode(vector, codes);
  return {scale, metric == Metric::l2 ? static_cast<float>(-InnerProduct(vector, vector)) : 0.0f};
}

CodeQuery::CodeQuery(Metric metric, const CodesView& codes, const float* query)
    : codes_(codes), query_(CodeStride(codes.centre.size())) {
  const size_t dimensions = codes.centre.size();
  std::vector<float> centred(dimensions);
  Subtract(query, codes.centre, centred.data());
  const float scale = Encode(centred, query_.data());
  const double weight = metric == Metric::l2 ? 2 : 1;
  const double length = std::sqrt(InnerProduct(centred, centred));
  const double offset = std::sqrt(InnerProduct(codes.centre, codes.centre));
  const double error = ErrorLength(centred, query_.data(), scale);
  const double magnitude = (length + offset + codes.radius) * (length + offset + codes.radius);
  factor_ = static_cast<float>(weight * scale);
  constant_ = static_cast<float>(metric == Metric::l2 ? -length * length
                                                      : InnerProduct({query, dimensions}, codes.centre));
  per_row_ = static_cast<float>(weight * error * codes.radius + kRounding * magnitude);
  per_scale_ = static_cast<float>(weight * (length + error) * std::sqrt(static_cast<double>(dimensions)) / 2 *
                                  (1 + kRounding));
}

void CodeQuery::ScoreRows(const int8_t* codes, const CodeTerms* terms, const uint32_t* rows, size_t count,
                          float* out) const {
  constexpr size_t kBatch = 256;
  int32_t products[kBatch];
  for (size_t begin = 0; begin < count; begin += kBatch) {
    const size_t batch = std::min(kBatch, count - begin);
    for (size_t i = 0; i < batch; ++i) __builtin_prefetch(&terms[rows[begin + i]]);
    BestCodeKernels().inner_products(query_.data(), codes, rows + begin, batch, query_.size(), products);
    for (size_t i = 0; i < batch; ++i) {
      const CodeTerms& row = terms[rows[begin + i]];
      out[begin + i] = factor_ * row.scale * static_cast<float>(products[i]) + row.bias;
    }
  }
}

}  // namespace voisin::index
