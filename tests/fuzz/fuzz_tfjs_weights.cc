// The first line as the model.json of a TensorFlow.js model, the rest as its shard "a": an error, or tensors.
#include <algorithm>
#include <cstdint>
#include <fstream>

#include "encoder/tfjs_weights.h"
#include "tests/fuzz/require.h"
#include "tests/support/scratch_dir.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using voisin::fuzz::Refused;
  using voisin::fuzz::Require;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::string_view json = all.substr(0, all.find('\n'));
  const voisin::test::ScratchDir dir;
  std::ofstream(dir.path() / "model.json", std::ios::binary) << json;
  std::ofstream(dir.path() / "a", std::ios::binary) << all.substr(std::min(all.size(), json.size() + 1));
  const auto weights = voisin::encoder::TfjsWeights::Load(dir.path() / "model.json");
  if (Refused(weights.status())) return 0;
  const auto floats = weights->Floats("f", {2});
  if (!Refused(floats.status())) Require(floats->size() == 2);
  const auto integers = weights->Integers("i", {});
  if (!Refused(integers.status())) Require(integers->size() == 1);
  return 0;
}
