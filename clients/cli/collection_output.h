#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "clients/cli/console.h"
#include "voisin/v1/admin.pb.h"
#include "voisin/v1/collection.pb.h"

namespace voisin::cli {

// "cosine", "dot", "l2".
std::string_view MetricName(v1::Metric metric);
v1::Metric MetricOf(std::string_view name);
std::string_view VectorStorageName(v1::VectorStorage storage);
v1::VectorStorage VectorStorageOf(std::string_view name);

// One JSON line.
std::string ToJsonText(const v1::Collection& collection);
std::string ToJsonText(const v1::MeasureRecallResponse& answer);
std::string RecallSentence(const v1::MeasureRecallResponse& answer);
void PrintCollections(const std::vector<v1::Collection>& collections, Console& console);
void PrintDescription(const v1::Collection& collection, Console& console);

}  // namespace voisin::cli
