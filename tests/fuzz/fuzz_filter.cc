// Any bytes as a filter: an error or a filter that can be evaluated, and that needs only the fields it names.
#include <cstdint>
#include <cstdlib>

#include "storage/filter.h"

namespace {

using voisin::storage::Filter;
using voisin::storage::List;
using voisin::storage::Object;
using voisin::storage::Value;

Object Sample() {
  return {{"a", Value{"some text, 2020-01-01T00:00:00Z"}},
          {"b", Value{-1.5}},
          {"c", Value{List{Value{"x"}, Value{}, Value{2.0}, Value{true}}}},
          {"d", Value{Object{{"e", Value{false}}, {"f", Value{"2020-01-01T00:00:00Z"}}}}},
          {"n", Value{}}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Object sample = Sample();
  const auto filter = Filter::Parse({reinterpret_cast<const char*>(data), size});
  if (!filter.ok()) return 0;
  Object needed;
  for (const std::string& field : filter->fields()) {
    if (const auto found = sample.find(field); found != sample.end()) needed.insert(*found);
  }
  if (filter->Matches(sample) != filter->Matches(needed)) abort();
  return 0;
}
