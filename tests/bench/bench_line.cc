#include "tests/bench/bench_line.h"

#include <algorithm>
#include <iostream>

#include "clients/cli/json_output.h"

namespace voisin::bench {
namespace {

void PutPeer(const Line& line, cli::JsonLine& json) {
  if (line.peer.empty()) {
    json.Null("peer").Null("peer_value").Null("ratio");
    return;
  }
  const double ratio = line.less_is_better ? line.peer_value / line.value : line.value / line.peer_value;
  json.Text("peer", line.peer).Number("peer_value", line.peer_value).Number("ratio", ratio);
}

}  // namespace

void Print(std::string_view bench, const Line& line) {
  cli::JsonLine json;
  json.Text("bench", bench).Text("case", line.name);
  json.Number("threads", line.threads).Number("value", line.value).Text("unit", line.unit);
  PutPeer(line, json);
  if (line.recall) {
    json.Number("recall", *line.recall);
  } else {
    json.Null("recall");
  }
  std::cout << json.Bool("checked", line.checked).str() << std::endl;
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace voisin::bench
