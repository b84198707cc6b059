#include "clients/cli/collection_output.h"

#include <ostream>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "clients/cli/json_output.h"
#include "clients/cli/progress.h"
#include "clients/cli/table.h"

namespace voisin::cli {
namespace {

std::string IdOf(const v1::Collection& collection) {
  const size_t slash = collection.name().find('/');
  return slash == std::string::npos ? collection.name() : collection.name().substr(slash + 1);
}

std::string CreateTime(const v1::Collection& collection) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(collection.create_time().seconds()),
                          absl::UTCTimeZone());
}

std::string Bytes(uint64_t bytes) { return ShortCount(static_cast<double>(bytes)) + "B"; }

std::string RecallText(const v1::Collection& collection) {
  const std::string target = collection.target_recall() == 0
                                 ? "no target"
                                 : absl::StrFormat("target %g", collection.target_recall());
  if (!collection.has_measured_recall()) return target + ", not measured yet";
  return target + absl::StrFormat(", measured %.4f", collection.measured_recall());
}

std::string Percent(double share) { return absl::StrFormat("%.0f%%", 100 * share); }

}  // namespace

std::string_view MetricName(v1::Metric metric) {
  if (metric == v1::METRIC_DOT) return "dot";
  return metric == v1::METRIC_L2 ? "l2" : "cosine";
}

v1::Metric MetricOf(std::string_view name) {
  if (name == "dot") return v1::METRIC_DOT;
  return name == "l2" ? v1::METRIC_L2 : v1::METRIC_COSINE;
}

std::string_view VectorStorageName(v1::VectorStorage storage) {
  if (storage == v1::VECTOR_STORAGE_FLOAT16) return "float16";
  return storage == v1::VECTOR_STORAGE_INT8 ? "int8" : "float32";
}

v1::VectorStorage VectorStorageOf(std::string_view name) {
  if (name == "float16") return v1::VECTOR_STORAGE_FLOAT16;
  return name == "int8" ? v1::VECTOR_STORAGE_INT8 : v1::VECTOR_STORAGE_FLOAT32;
}

std::string ToJsonText(const v1::Collection& collection) {
  const v1::IndexParams& index = collection.index();
  JsonLine params;
  params.Number("m", index.m()).Number("ef_construction", index.ef_construction());
  params.Number("ef_search", index.ef_search());
  JsonLine lexical;
  lexical.Float("k1", collection.lexical().k1()).Float("b", collection.lexical().b());
  lexical.Text("language", collection.lexical().language());
  JsonLine line;
  line.Text("name", collection.name()).Text("model", collection.model());
  line.Number("dimensions", collection.dimensions()).Text("metric", MetricName(collection.metric()));
  line.Text("vector_storage", VectorStorageName(collection.vector_storage()));
  line.Number("bytes_per_vector", static_cast<double>(collection.bytes_per_vector()));
  line.Raw("index", params.str()).Raw("lexical", lexical.str());
  line.Number("lexical_terms", static_cast<double>(collection.lexical_terms()))
      .Text("model_fingerprint", collection.model_fingerprint());
  line.Number("document_count", static_cast<double>(collection.document_count()));
  line.Number("storage_bytes", static_cast<double>(collection.storage_bytes()));
  line.Number("memory_bytes", static_cast<double>(collection.memory_bytes()));
  line.Text("create_time", CreateTime(collection)).Number("indexed_fraction", collection.indexed_fraction());
  line.Number("target_recall", collection.target_recall());
  if (collection.has_measured_recall()) line.Number("measured_recall", collection.measured_recall());
  return line.str();
}

std::string ToJsonText(const v1::MeasureRecallResponse& answer) {
  JsonLine line;
  line.Number("recall", answer.recall()).Number("live_queries", answer.live_queries());
  line.Number("stored_queries", answer.stored_queries()).Number("ef", answer.ef());
  return line.str();
}

std::string RecallSentence(const v1::MeasureRecallResponse& answer) {
  return absl::StrFormat("recall@10 %.4f at ef_search %d, of %d searches and %d documents as queries",
                         answer.recall(), answer.ef(), answer.live_queries(), answer.stored_queries());
}

void PrintCollections(const std::vector<v1::Collection>& collections, Console& console) {
  using enum Table::Align;
  Table table({{"collection", left, true},
               {"documents", right},
               {"model", left, true},
               {"dimensions", right},
               {"metric"},
               {"indexed", right},
               {"disk", right},
               {"memory", right},
               {"created"}});
  for (const v1::Collection& collection : collections) {
    table.Add({IdOf(collection), std::to_string(collection.document_count()), collection.model(),
               std::to_string(collection.dimensions()), std::string(MetricName(collection.metric())),
               Percent(collection.indexed_fraction()), Bytes(collection.storage_bytes()),
               Bytes(collection.memory_bytes()), CreateTime(collection)});
  }
  console.out << table.Render(console.width);
}

void PrintDescription(const v1::Collection& collection, Console& console) {
  const v1::IndexParams& index = collection.index();
  Table table({{"collection"}, {IdOf(collection), Table::Align::left, true}});
  table.Add({"model", collection.model().empty() ? "none: vectors only" : collection.model()});
  if (!collection.model().empty()) table.Add({"fingerprint", collection.model_fingerprint()});
  table.Add({"dimensions", std::to_string(collection.dimensions())});
  table.Add({"metric", std::string(MetricName(collection.metric()))});
  table.Add({"vectors",
             absl::StrFormat("%s, %d bytes of memory each with codes and links",
                             VectorStorageName(collection.vector_storage()), collection.bytes_per_vector())});
  table.Add({"documents", std::to_string(collection.document_count())});
  table.Add({"indexed", Percent(collection.indexed_fraction())});
  table.Add({"index", absl::StrFormat("m %d, ef_construction %d, ef_search %d", index.m(),
                                      index.ef_construction(), index.ef_search())});
  const v1::LexicalParams& lexical = collection.lexical();
  table.Add(
      {"words", absl::StrFormat("language %s, k1 %g, b %g", lexical.language(), lexical.k1(), lexical.b())});
  table.Add({"recall", RecallText(collection)});
  table.Add({"disk", Bytes(collection.storage_bytes())});
  table.Add({"memory", Bytes(collection.memory_bytes())});
  table.Add({"created", CreateTime(collection)});
  console.out << table.Render(console.width);
}

}  // namespace voisin::cli
