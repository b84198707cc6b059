#pragma once

#include <span>
#include <vector>

#include "index/aligned.h"
#include "index/kernels_int8.h"
#include "index/types.h"

namespace voisin::index {

// Roundings of a float computation, relative to the magnitude of its terms; generous.
inline constexpr double kRounding = 1e-5;

// What a row's codes mean.
struct CodeTerms {
  float scale = 0;  // a code c stands for c * scale
  float bias = 0;   // the part of a score that depends on the row alone, see CodeQuery
};

// Symmetric scalar quantisation to 8 bits, one scale for each vector, of vectors less their common centre:
//
//   x = centre + scale * codes + error       codes -127..127, every |error_i| <= scale / 2
//
// As it lies in memory or in a mapped file.
struct CodesView {
  std::span<const float> centre = {};  // `dimensions` floats
  std::span<const int8_t> codes =
      {};  // CodeStride(dimensions) for each vector, zeros after the last dimension
  std::span<const CodeTerms> terms = {};  // for each vector
  float radius = 0;                       // at least the length of every x - centre
  float largest_scale = 0;                // at least every scale
};

// The same, with its own memory.
struct Codes {
  std::vector<float> centre;
  AlignedVector<int8_t> codes;
  std::vector<CodeTerms> terms;
  float radius = 0;
  float largest_scale = 0;

  CodesView view() const { return {centre, codes, terms, radius, largest_scale}; }
};

// `vectors` are rows of `dimensions` finite floats.
Codes Quantize(Metric metric, size_t dimensions, std::span<const float> vectors);

// Codes of one vector about the origin; `codes` are zeros before.
CodeTerms QuantizeRow(Metric metric, std::span<const float> vector, int8_t* codes);

// A little more than the length of the vector, whatever the rounding.
float LengthAtMost(std::span<const float> vector);

// One query, quantised as the rows are. With q' = q - centre and x' = x - centre, of which the codes stand for
// approximations:
//
//   cosine, dot   <q, x> = <q', x'> + <centre, x'> + <q, centre>
//   l2           -|q-x|^2 = 2 <q', x'> - |x'|^2 - |q'|^2
//
// The middle term is the row's bias; the last one is the same for all rows and left out while walking.
class CodeQuery {
 public:
  // The codes outlive the query; `query` need not.
  CodeQuery(Metric metric, const CodesView& codes, const float* query);

  // out[i]: approximately the score of row rows[i], less a constant.
  void ScoreRows(const uint32_t* rows, size_t count, float* out) const {
    ScoreRows(codes_.codes.data(), codes_.terms.data(), rows, count, out);
  }
  // The same of rows kept elsewhere, which the centre, radius and largest scale of the codes are true of.
  void ScoreRows(const int8_t* codes, const CodeTerms* terms, const uint32_t* rows, size_t count,
                 float* out) const;

  // What ScoreRows approximates by `score`, with the constant.
  float Approximate(float score) const { return score + constant_; }

  // A row to which ScoreRows gave `score` (and which is this one) has no greater exact score than this.
  float AtMost(float score) const { return Bound(score, codes_.largest_scale); }
  float AtMost(float score, uint32_t row) const { return Bound(score, codes_.terms[row].scale); }
  float AtMost(float score, const CodeTerms& terms) const { return Bound(score, terms.scale); }

 private:
  float Bound(float score, float scale) const { return Approximate(score) + per_row_ + per_scale_ * scale; }

  const CodesView codes_;
  AlignedVector<int8_t> query_;
  float factor_ = 0;     // of an integer product and the row's scale
  float constant_ = 0;   // what ScoreRows leaves out
  float per_row_ = 0;    // error that the query's own codes and rounding bring, at most
  float per_scale_ = 0;  // error that a row's codes bring, at most, for each unit of its scale
};

// Approximate scores of pairs of rows, less a constant of all pairs.
class CodePairs {
 public:
  CodePairs(Metric metric, const CodesView& codes)
      : codes_(codes),
        stride_(CodeStride(codes.centre.size())),
        factor_(metric == Metric::l2 ? 2.0f : 1.0f) {}

  float Score(size_t a, size_t b) const {
    const int32_t product =
        kernels_.inner_product(codes_.codes.data() + a * stride_, codes_.codes.data() + b * stride_, stride_);
    return factor_ * (codes_.terms[a].scale * codes_.terms[b].scale) * static_cast<float>(product) +
           (codes_.terms[a].bias + codes_.terms[b].bias);
  }

 private:
  const CodeKernels& kernels_ = BestCodeKernels();
  const CodesView codes_;
  const size_t stride_;
  const float factor_;
};

}  // namespace voisin::index
