#include "tests/scenarios/requests.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "absl/time/clock.h"
#include "base/status_macros.h"

namespace voisin::test {
namespace {

std::string Bytes(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned value = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    bytes.push_back(static_cast<char>(value));
  }
  return bytes;
}

std::string RepeatedText(const Json& text_and_times) {
  std::string text;
  for (int i = 0; i < text_and_times[1].get<int>(); ++i) text += text_and_times[0].get<std::string>();
  return text;
}

float SpecialFloat(const std::string& name) {
  return name == "nan" ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
}

absl::StatusOr<Json> ResolveForm(const std::string& name, const Json& value, const Remembered& remembered) {
  if (name == "$hex") return Json(Bytes(value.get<std::string>()));
  if (name == "$float") return Json(SpecialFloat(value.get<std::string>()));
  if (name == "$repeat") return Json(RepeatedText(value));
  if (name == "$times") return Json(std::vector<Json>(value[1].get<size_t>(), value[0]));
  if (name == "$lsn") return Json(remembered.lsn + value.get<uint64_t>());
  if (name == "$page") return Json(remembered.page_token);
  if (name == "$seconds") return Json(absl::ToUnixMicros(absl::Now() + absl::Seconds(value.get<int64_t>())));
  return absl::InvalidArgumentError("there is no form " + name);
}

storage::Value ToValue(const Json& json) {
  if (json.is_boolean()) return {json.get<bool>()};
  if (json.is_number()) return {json.get<double>()};
  if (json.is_string()) return {json.get<std::string>()};
  if (json.is_array()) {
    storage::List list;
    for (const Json& element : json) list.push_back(ToValue(element));
    return {std::move(list)};
  }
  if (json.is_object()) {
    storage::Object object;
    for (const auto& [key, value] : json.items()) object.emplace(key, ToValue(value));
    return {std::move(object)};
  }
  return {};
}

Json FromValue(const storage::Value& value);

Json FromObject(const storage::Object& object) {
  Json json = Json::object();
  for (const auto& [key, value] : object) json[key] = FromValue(value);
  return json;
}

struct ToJson {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(bool value) const { return value; }
  Json operator()(double value) const { return value; }
  Json operator()(const std::string& value) const { return value; }
  Json operator()(const storage::List& list) const {
    Json json = Json::array();
    for (const storage::Value& value : list) json.push_back(FromValue(value));
    return json;
  }
  Json operator()(const storage::Object& object) const { return FromObject(object); }
};

Json FromValue(const storage::Value& value) { return std::visit(ToJson(), value.data); }

std::string MetricName(index::Metric metric) {
  switch (metric) {
    case index::Metric::cosine:
      return "cosine";
    case index::Metric::dot:
      return "dot";
    case index::Metric::l2:
      return "l2";
  }
  return "";
}

absl::StatusOr<service::SearchMode> ToMode(const std::string& name) {
  if (name.empty()) return service::SearchMode::unspecified;
  if (name == "dense") return service::SearchMode::dense;
  if (name == "lexical") return service::SearchMode::lexical;
  if (name == "hybrid") return service::SearchMode::hybrid;
  return absl::InvalidArgumentError("no search mode is called " + name);
}

absl::StatusOr<service::Fusion> ToFusion(const Json& json) {
  RETURN_IF_ERROR(CheckMembers(json, {"rrf", "dense_weight", "rrf_k", "candidates"}));
  service::Fusion fusion;
  if (json.value("rrf", false)) fusion.kind = service::Fusion::Kind::rrf;
  if (json.contains("dense_weight")) fusion.dense_weight = json["dense_weight"].get<float>();
  fusion.rrf_k = json.value("rrf_k", 0u);
  fusion.candidates = json.value("candidates", 0u);
  return fusion;
}

absl::StatusOr<index::IndexParams> ToParams(const Json& json) {
  RETURN_IF_ERROR(CheckMembers(json, {"m", "ef_construction", "ef_search"}));
  const index::IndexParams defaults;
  return index::IndexParams{json.value("m", defaults.m),
                            json.value("ef_construction", defaults.ef_construction),
                            json.value("ef_search", defaults.ef_search)};
}

absl::StatusOr<service::LexicalSpec> ToLexical(const Json& json) {
  RETURN_IF_ERROR(CheckMembers(json, {"k1", "b", "language"}));
  service::LexicalSpec lexical;
  lexical.params.k1 = json.value("k1", lexical.params.k1);
  lexical.params.b = json.value("b", lexical.params.b);
  lexical.language = json.value("language", "");
  return lexical;
}

absl::StatusOr<index::Metric> ToMetric(const std::string& name) {
  for (const auto metric : {index::Metric::cosine, index::Metric::dot, index::Metric::l2}) {
    if (MetricName(metric) == name) return metric;
  }
  return absl::InvalidArgumentError("no metric is called " + name);
}

constexpr const char* kVectorStorages[] = {"float32", "float16", "int8"};  // in the order of the enum

std::string VectorStorageName(index::VectorStorage storage) {
  return kVectorStorages[static_cast<size_t>(storage)];
}

absl::StatusOr<index::VectorStorage> ToVectorStorage(const std::string& name) {
  using enum index::VectorStorage;
  for (const auto storage : {float32, float16, int8}) {
    if (VectorStorageName(storage) == name) return storage;
  }
  return absl::InvalidArgumentError("no vector storage is called " + name);
}

}  // namespace

absl::StatusOr<Json> Resolve(const Json& json, const Remembered& remembered) {
  if (!json.is_structured()) return json;
  if (json.is_object() && json.size() == 1 && json.begin().key().starts_with('$')) {
    ASSIGN_OR_RETURN(const Json value, Resolve(json.begin().value(), remembered));
    return ResolveForm(json.begin().key(), value, remembered);
  }
  Json resolved = json;
  for (Json& element : resolved) {
    ASSIGN_OR_RETURN(element, Resolve(element, remembered));
  }
  return resolved;
}

absl::Status CheckMembers(const Json& json, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : json.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return absl::InvalidArgumentError("the statement has no member " + key);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<storage::Document> ToDocument(const Json& json) {
  RETURN_IF_ERROR(CheckMembers(json, {"id", "text", "metadata", "vector", "expire_time"}));
  storage::Document document;
  document.id = json.value("id", "");
  document.text = json.value("text", "");
  document.metadata = std::get<storage::Object>(ToValue(json.value("metadata", Json::object())).data);
  document.vector = json.value("vector", std::vector<float>());
  document.expire_time_us = json.value("expire_time", int64_t{0});
  return document;
}

storage::ReadMask ToMask(const Json& json) {
  return {json.value("with_text", true), json.value("with_metadata", true), json.value("with_vector", false)};
}

absl::StatusOr<service::SearchRequest> ToSearchRequest(const std::string& collection, const Json& json) {
  RETURN_IF_ERROR(CheckMembers(
      json, {"text",    "vector",    "document_id",   "top_k",       "filter",  "min_score", "ef",
             "exact",   "with_text", "with_metadata", "with_vector", "min_lsn", "mode",      "fusion",
             "explain", "group_by",  "diversity",     "page_token",  "snippet", "pack"}));
  service::SearchRequest request;
  request.collection = collection;
  if (json.contains("text")) request.text = json["text"].get<std::string>();
  if (json.contains("vector")) request.vector = json["vector"].get<std::vector<float>>();
  if (json.contains("document_id")) request.document_id = json["document_id"].get<std::string>();
  request.top_k = json.value("top_k", 0u);
  request.filter = json.value("filter", "");
  if (json.contains("min_score")) request.min_score = json["min_score"].get<float>();
  request.ef = json.value("ef", 0u);
  request.exact = json.value("exact", false);
  request.mask = ToMask(json);
  request.min_lsn = json.value("min_lsn", uint64_t{0});
  request.explain = json.value("explain", false);
  ASSIGN_OR_RETURN(request.mode, ToMode(json.value("mode", "")));
  ASSIGN_OR_RETURN(request.fusion, ToFusion(json.value("fusion", Json::object())));
  request.page_token = json.value("page_token", "");
  if (json.contains("group_by")) {
    const Json& by = json["group_by"];
    request.group_by = {by.value("field", ""), by.value("group_size", 0u)};
  }
  if (json.contains("diversity")) {
    const Json& by = json["diversity"];
    request.diversity = {by.value("lambda", 0.5f), by.value("candidates", 0u)};
  }
  if (json.contains("snippet")) request.snippet = {json["snippet"].value("max_bytes", 0u)};
  if (json.contains("pack")) request.pack = {json["pack"].value("token_budget", 0u)};
  return request;
}

absl::StatusOr<CollectionChange> ToChange(const Json& json) {
  RETURN_IF_ERROR(CheckMembers(json, {"m", "ef_construction", "ef_search", "k1", "b"}));
  CollectionChange change;
  change.index = {json.value("m", 0u), json.value("ef_construction", 0u), json.value("ef_search", 0u)};
  if (json.contains("k1")) change.k1 = json["k1"].get<float>();
  if (json.contains("b")) change.b = json["b"].get<float>();
  return change;
}

absl::StatusOr<service::CollectionSpec> ToSpec(const std::string& id, const Json& json) {
  RETURN_IF_ERROR(CheckMembers(
      json, {"model", "dimensions", "metric", "index", "lexical", "vector_storage", "validate_only"}));
  service::CollectionSpec spec;
  spec.id = id;
  spec.model = json.value("model", "");
  spec.dimensions = json.value("dimensions", 0u);
  ASSIGN_OR_RETURN(spec.metric, ToMetric(json.value("metric", "cosine")));
  ASSIGN_OR_RETURN(spec.params, ToParams(json.value("index", Json::object())));
  ASSIGN_OR_RETURN(spec.lexical, ToLexical(json.value("lexical", Json::object())));
  ASSIGN_OR_RETURN(spec.vector_storage, ToVectorStorage(json.value("vector_storage", "float32")));
  spec.validate_only = json.value("validate_only", false);
  return spec;
}

absl::StatusOr<encoder::Truncation> ToTruncation(const Json& json) {
  const std::string name = json.value("truncation", "error");
  if (name == "error") return encoder::Truncation::error;
  if (name == "end") return encoder::Truncation::end;
  if (name == "start") return encoder::Truncation::start;
  if (name == "chunk") return encoder::Truncation::chunk;
  return absl::InvalidArgumentError("no truncation is called " + name);
}

Json FromDocument(const storage::Document& document, storage::ReadMask mask) {
  Json json = {{"id", document.id}};
  if (mask.text || !document.text.empty()) json["text"] = document.text;
  if (mask.metadata || !document.metadata.empty()) json["metadata"] = FromObject(document.metadata);
  if (mask.vector || !document.vector.empty()) json["vector"] = document.vector;
  if (document.expire_time_us != 0) json["expire_time"] = document.expire_time_us;
  return json;
}

Json FromCollection(const service::CollectionInfo& info) {
  const service::CollectionSpec& spec = info.spec;
  return {
      {"id", spec.id},
      {"model", spec.model},
      {"dimensions", spec.dimensions},
      {"metric", MetricName(spec.metric)},
      {"vector_storage", VectorStorageName(spec.vector_storage)},
      {"bytes_per_vector", info.bytes_per_vector},
      {"index",
       {{"m", spec.params.m},
        {"ef_construction", spec.params.ef_construction},
        {"ef_search", spec.params.ef_search}}},
      {"lexical",
       {{"k1", spec.lexical.params.k1}, {"b", spec.lexical.params.b}, {"language", spec.lexical.language}}},
      {"has_fingerprint", !info.model_fingerprint.empty()},
      {"document_count", info.document_count},
      {"created", info.create_time_us > 0},
      {"indexed_fraction", info.indexed_fraction}};
}

// With [ and ] around what is highlighted.
static Json FromSnippet(const service::Snippet& snippet) {
  std::string text = snippet.text;
  for (size_t i = snippet.highlights.size(); i-- > 0;) {
    text.insert(snippet.highlights[i].end, "]");
    text.insert(snippet.highlights[i].begin, "[");
  }
  return {{"text", text}, {"offset", snippet.offset}};
}

Json FromPacked(const service::Packed& packed) {
  Json passages = Json::array();
  for (const service::Packed::Passage& passage : packed.passages) {
    passages.push_back(
        {{"id", passage.id}, {"text", passage.text}, {"offset", passage.offset}, {"tokens", passage.tokens}});
  }
  return passages;
}

Json FromHits(const service::SearchResult& result, storage::ReadMask mask) {
  Json rows = Json::array();
  for (const service::Hit& hit : result.hits) {
    Json row = FromDocument(hit.document, mask);
    row["score"] = hit.score;
    row["dense_score"] = hit.match.dense_score;
    row["lexical_score"] = hit.match.lexical_score;
    row["dense_rank"] = hit.match.dense_rank;
    row["lexical_rank"] = hit.match.lexical_rank;
    if (hit.group) row["group"] = FromValue(*hit.group);
    if (hit.snippet) row["snippet"] = FromSnippet(*hit.snippet);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string PathName(std::optional<index::SearchPath> path) {
  if (!path) return "LEXICAL";
  switch (*path) {
    case index::SearchPath::exact:
      return "EXACT";
    case index::SearchPath::ann:
      return "ANN";
    case index::SearchPath::filtered_exact:
      return "FILTERED_EXACT";
    case index::SearchPath::filtered_ann:
      return "FILTERED_ANN";
  }
  return "";
}

}  // namespace voisin::test
