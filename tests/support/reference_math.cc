#include "tests/support/reference_math.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numbers>

namespace voisin::test {
namespace {

double Activate(double x, const std::string& name) {
  if (name == "gelu") return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2));
  if (name == "gelu_new")
    return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
  if (name == "relu") return x > 0 ? x : 0;
  if (name == "silu") return x / (1 + std::exp(-x));
  std::abort();
}

void Softmax(std::vector<double>& scores) {
  double greatest = -std::numeric_limits<double>::infinity();
  for (const double score : scores) greatest = std::max(greatest, score);
  double sum = 0;
  for (double& score : scores) sum += score = std::exp(score - greatest);
  for (double& score : scores) score /= sum;
}

void NormalizeRow(std::vector<double>& row, const std::vector<double>& weight,
                  const std::vector<double>& bias, double epsilon) {
  const auto count = static_cast<double>(row.size());
  double mean = 0;
  for (const double x : row) mean += x / count;
  double variance = 0;
  for (const double x : row) variance += (x - mean) * (x - mean) / count;
  for (size_t i = 0; i < row.size(); ++i) {
    row[i] = (row[i] - mean) / std::sqrt(variance + epsilon) * weight[i] + (bias.empty() ? 0 : bias[i]);
  }
}

}  // namespace

Matrix Map(const Matrix& x, const Matrix& weight, const std::vector<double>& bias) {
  Matrix y(x.size(), std::vector<double>(weight.size()));
  for (size_t row = 0; row < x.size(); ++row) {
    for (size_t out = 0; out < weight.size(); ++out) {
      double sum = bias.empty() ? 0 : bias[out];
      for (size_t in = 0; in < weight[out].size(); ++in) sum += x[row].at(in) * weight[out][in];
      y[row][out] = sum;
    }
  }
  return y;
}

Matrix Normalized(Matrix x, const std::vector<double>& weight, const std::vector<double>& bias,
                  double epsilon) {
  for (std::vector<double>& row : x) NormalizeRow(row, weight, bias, epsilon);
  return x;
}

Matrix Sum(Matrix x, const Matrix& y) {
  for (size_t row = 0; row < x.size(); ++row) {
    for (size_t i = 0; i < x[row].size(); ++i) x[row][i] += y[row].at(i);
  }
  return x;
}

Matrix Product(Matrix x, const Matrix& y) {
  for (size_t row = 0; row < x.size(); ++row) {
    for (size_t i = 0; i < x[row].size(); ++i) x[row][i] *= y[row].at(i);
  }
  return x;
}

Matrix Activated(Matrix x, const std::string& name) {
  for (std::vector<double>& row : x) {
    for (double& value : row) value = Activate(value, name);
  }
  return x;
}

Matrix Columns(const Matrix& x, size_t begin, size_t end) {
  Matrix y;
  for (const std::vector<double>& row : x) {
    y.emplace_back(row.begin() + static_cast<ptrdiff_t>(begin), row.begin() + static_cast<ptrdiff_t>(end));
  }
  return y;
}

Matrix Attention(const Matrix& queries, const Matrix& keys, const Matrix& values, size_t heads,
                 const ScoreBias& bias) {
  const size_t tokens = queries.size();
  const size_t size = queries[0].size() / heads;
  Matrix context(tokens, std::vector<double>(queries[0].size()));
  for (size_t head = 0; head < heads; ++head) {
    for (size_t query = 0; query < tokens; ++query) {
      std::vector<double> shares(tokens);
      for (size_t key = 0; key < tokens; ++key) {
        double dot = 0;
        for (size_t i = head * size; i < (head + 1) * size; ++i) dot += queries[query][i] * keys[key][i];
        shares[key] = dot / std::sqrt(static_cast<double>(size)) + bias(head, query, key);
      }
      Softmax(shares);
      for (size_t key = 0; key < tokens; ++key) {
        for (size_t i = head * size; i < (head + 1) * size; ++i)
          context[query][i] += shares[key] * values[key][i];
      }
    }
  }
  return context;
}

Matrix Rotated(Matrix x, size_t heads, double theta, double fraction) {
  const size_t size = x[0].size() / heads;
  const auto turned = static_cast<size_t>(static_cast<double>(size) * fraction);
  for (size_t position = 0; position < x.size(); ++position) {
    for (size_t i = 0; i < x[position].size(); ++i) {
      if (i % size >= turned / 2) continue;
      const double exponent = -2.0 * static_cast<double>(i % size) / static_cast<double>(turned);
      const double angle = static_cast<double>(position) * std::pow(theta, exponent);
      const double a = x[position][i];
      const double b = x[position][i + turned / 2];
      x[position][i] = a * std::cos(angle) - b * std::sin(angle);
      x[position][i + turned / 2] = b * std::cos(angle) + a * std::sin(angle);
    }
  }
  return x;
}

}  // namespace voisin::test
