#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace voisin::bench {

// One JSON line of a benchmark, in the form that run.py reads.
struct Line {
  std::string name;
  uint32_t threads = 1;
  double value = 0;
  std::string_view unit;
  std::string_view peer = {};  // empty: none
  double peer_value = 0;
  bool less_is_better = false;
  std::optional<double> recall = {};
  bool checked = true;  // the answers were right
};

// To standard output, at once.
void Print(std::string_view bench, const Line& line);

// The middle value; 0 of none.
double Median(std::vector<double> values);

}  // namespace voisin::bench
