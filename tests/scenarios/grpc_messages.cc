#include "tests/scenarios/grpc_messages.h"

#include <google/protobuf/util/time_util.h>

#include <utility>

namespace voisin::test {
namespace {

using google::protobuf::util::TimeUtil;

google::protobuf::Struct ToStruct(const storage::Object& object);

google::protobuf::Value ToWire(const storage::Value& value) {
  google::protobuf::Value wire;
  if (std::holds_alternative<std::monostate>(value.data)) wire.set_null_value(google::protobuf::NULL_VALUE);
  if (const auto* flag = std::get_if<bool>(&value.data)) wire.set_bool_value(*flag);
  if (const auto* number = std::get_if<double>(&value.data)) wire.set_number_value(*number);
  if (const auto* text = std::get_if<std::string>(&value.data)) wire.set_string_value(*text);
  if (const auto* object = std::get_if<storage::Object>(&value.data))
    *wire.mutable_struct_value() = ToStruct(*object);
  if (const auto* list = std::get_if<storage::List>(&value.data)) {
    wire.mutable_list_value();
    for (const storage::Value& item : *list) *wire.mutable_list_value()->add_values() = ToWire(item);
  }
  return wire;
}

google::protobuf::Struct ToStruct(const storage::Object& object) {
  google::protobuf::Struct wire;
  for (const auto& [key, value] : object) (*wire.mutable_fields())[key] = ToWire(value);
  return wire;
}

storage::Object FromStruct(const google::protobuf::Struct& wire);

storage::Value FromWire(const google::protobuf::Value& wire) {
  if (wire.has_bool_value()) return {wire.bool_value()};
  if (wire.has_number_value()) return {wire.number_value()};
  if (wire.has_string_value()) return {wire.string_value()};
  if (wire.has_struct_value()) return {FromStruct(wire.struct_value())};
  if (!wire.has_list_value()) return {};
  storage::List list;
  for (const google::protobuf::Value& item : wire.list_value().values()) list.push_back(FromWire(item));
  return {std::move(list)};
}

storage::Object FromStruct(const google::protobuf::Struct& wire) {
  storage::Object object;
  for (const auto& [key, value] : wire.fields()) object.emplace(key, FromWire(value));
  return object;
}

v1::Document ToWire(const storage::Document& document) {
  v1::Document wire;
  wire.set_id(document.id);
  wire.set_text(document.text);
  *wire.mutable_metadata() = ToStruct(document.metadata);
  wire.mutable_vector()->Assign(document.vector.begin(), document.vector.end());
  if (document.expire_time_us != 0) {
    *wire.mutable_expire_time() = TimeUtil::MicrosecondsToTimestamp(document.expire_time_us);
  }
  return wire;
}

template <typename Wire>
void SetMask(storage::ReadMask mask, Wire& wire) {
  wire.set_with_text(mask.text);
  wire.set_with_metadata(mask.metadata);
  wire.set_with_vector(mask.vector);
}

index::Metric FromWire(v1::Metric metric) {
  if (metric == v1::METRIC_DOT) return index::Metric::dot;
  return metric == v1::METRIC_L2 ? index::Metric::l2 : index::Metric::cosine;
}

index::VectorStorage FromWire(v1::VectorStorage storage) {
  if (storage == v1::VECTOR_STORAGE_FLOAT16) return index::VectorStorage::float16;
  return storage == v1::VECTOR_STORAGE_INT8 ? index::VectorStorage::int8 : index::VectorStorage::float32;
}

v1::VectorStorage ToWire(index::VectorStorage storage) {
  switch (storage) {
    case index::VectorStorage::float32:
      return v1::VECTOR_STORAGE_FLOAT32;
    case index::VectorStorage::float16:
      return v1::VECTOR_STORAGE_FLOAT16;
    case index::VectorStorage::int8:
      return v1::VECTOR_STORAGE_INT8;
  }
  return v1::VECTOR_STORAGE_UNSPECIFIED;
}

v1::Metric ToWire(index::Metric metric) {
  switch (metric) {
    case index::Metric::cosine:
      return v1::METRIC_COSINE;
    case index::Metric::dot:
      return v1::METRIC_DOT;
    case index::Metric::l2:
      return v1::METRIC_L2;
  }
  return v1::METRIC_UNSPECIFIED;
}

std::optional<index::SearchPath> FromWire(v1::SearchPath path) {
  switch (path) {
    case v1::SEARCH_PATH_LEXICAL:
      return std::nullopt;
    case v1::SEARCH_PATH_ANN:
      return index::SearchPath::ann;
    case v1::SEARCH_PATH_FILTERED_EXACT:
      return index::SearchPath::filtered_exact;
    case v1::SEARCH_PATH_FILTERED_ANN:
      return index::SearchPath::filtered_ann;
    default:
      return index::SearchPath::exact;
  }
}

v1::SearchMode ToWire(service::SearchMode mode) {
  switch (mode) {
    case service::SearchMode::unspecified:
      return v1::SEARCH_MODE_UNSPECIFIED;
    case service::SearchMode::dense:
      return v1::SEARCH_MODE_DENSE;
    case service::SearchMode::lexical:
      return v1::SEARCH_MODE_LEXICAL;
    case service::SearchMode::hybrid:
      return v1::SEARCH_MODE_HYBRID;
  }
  return v1::SEARCH_MODE_UNSPECIFIED;
}

v1::Fusion ToWire(const service::Fusion& fusion) {
  v1::Fusion wire;
  if (fusion.kind == service::Fusion::Kind::rrf) wire.set_kind(v1::Fusion::KIND_RRF);
  if (fusion.dense_weight) wire.set_dense_weight(*fusion.dense_weight);
  wire.set_rrf_k(fusion.rrf_k);
  wire.set_candidates(fusion.candidates);
  return wire;
}

}  // namespace

v1::Truncation ToWire(encoder::Truncation truncation) {
  switch (truncation) {
    case encoder::Truncation::error:
      return v1::TRUNCATION_ERROR;
    case encoder::Truncation::end:
      return v1::TRUNCATION_END;
    case encoder::Truncation::start:
      return v1::TRUNCATION_START;
    case encoder::Truncation::chunk:
      return v1::TRUNCATION_CHUNK;
  }
  return v1::TRUNCATION_UNSPECIFIED;
}

v1::EmbedRequest ToWire(const service::EmbedRequest& request) {
  v1::EmbedRequest wire;
  wire.set_model(request.model);
  wire.mutable_texts()->Assign(request.texts.begin(), request.texts.end());
  wire.set_dimensions(request.dimensions);
  if (request.normalize) wire.set_normalize(*request.normalize);
  wire.set_truncation(ToWire(request.truncation));
  return wire;
}

v1::CreateCollectionRequest ToWire(const service::CollectionSpec& spec) {
  v1::CreateCollectionRequest wire;
  wire.set_collection_id(spec.id);
  v1::Collection& collection = *wire.mutable_collection();
  collection.set_model(spec.model);
  collection.set_dimensions(spec.dimensions);
  collection.set_metric(ToWire(spec.metric));
  collection.mutable_index()->set_m(spec.params.m);
  collection.mutable_index()->set_ef_construction(spec.params.ef_construction);
  collection.mutable_index()->set_ef_search(spec.params.ef_search);
  collection.mutable_lexical()->set_k1(spec.lexical.params.k1);
  collection.mutable_lexical()->set_b(spec.lexical.params.b);
  collection.mutable_lexical()->set_language(spec.lexical.language);
  collection.set_vector_storage(ToWire(spec.vector_storage));
  wire.set_validate_only(spec.validate_only);
  return wire;
}

v1::UpsertDocumentsRequest ToWire(const service::UpsertRequest& request) {
  v1::UpsertDocumentsRequest wire;
  wire.set_collection(request.collection);
  for (const storage::Document& document : request.documents) *wire.add_documents() = ToWire(document);
  wire.set_request_id(request.request_id);
  wire.set_truncation(ToWire(request.truncation));
  return wire;
}

v1::BatchGetDocumentsRequest ToWire(const service::GetRequest& request) {
  v1::BatchGetDocumentsRequest wire;
  wire.set_collection(request.collection);
  wire.mutable_ids()->Assign(request.ids.begin(), request.ids.end());
  SetMask(request.mask, wire);
  return wire;
}

v1::ListDocumentsRequest ToWire(const service::ListRequest& request) {
  v1::ListDocumentsRequest wire;
  wire.set_collection(request.collection);
  wire.set_filter(request.filter);
  wire.set_page_size(request.page_size);
  wire.set_page_token(request.page_token);
  SetMask(request.mask, wire);
  return wire;
}

v1::DeleteDocumentsRequest ToWire(const service::DeleteRequest& request) {
  v1::DeleteDocumentsRequest wire;
  wire.set_collection(request.collection);
  wire.mutable_ids()->Assign(request.ids.begin(), request.ids.end());
  wire.set_filter(request.filter);
  wire.set_request_id(request.request_id);
  return wire;
}

v1::SearchRequest ToWire(const service::SearchRequest& request) {
  v1::SearchRequest wire;
  wire.set_collection(request.collection);
  if (request.text) wire.set_text(*request.text);
  if (request.vector) {
    wire.mutable_vector()->mutable_values()->Assign(request.vector->begin(), request.vector->end());
  }
  if (request.document_id) wire.set_document_id(*request.document_id);
  wire.set_top_k(request.top_k);
  wire.set_filter(request.filter);
  if (request.min_score) wire.set_min_score(*request.min_score);
  wire.mutable_params()->set_ef(request.ef);
  wire.mutable_params()->set_exact(request.exact);
  wire.set_min_lsn(request.min_lsn);
  wire.set_explain(request.explain);
  wire.set_mode(ToWire(request.mode));
  *wire.mutable_fusion() = ToWire(request.fusion);
  if (request.group_by) {
    wire.mutable_group_by()->set_field(request.group_by->field);
    wire.mutable_group_by()->set_group_size(request.group_by->group_size);
  }
  if (request.diversity) {
    wire.mutable_diversity()->set_lambda(request.diversity->lambda);
    wire.mutable_diversity()->set_candidates(request.diversity->candidates);
  }
  wire.set_page_token(request.page_token);
  if (request.snippet) wire.mutable_snippet()->set_max_bytes(request.snippet->max_bytes);
  if (request.pack) wire.mutable_pack()->set_token_budget(request.pack->token_budget);
  SetMask(request.mask, wire);
  return wire;
}

service::ModelStatus FromWire(const v1::Model& model) {
  service::ModelStatus info;
  info.name = model.name();
  info.architecture = model.architecture();
  info.pooling = model.pooling();
  info.fingerprint = model.fingerprint();
  info.dimensions = static_cast<int32_t>(model.dimensions());
  info.max_tokens = static_cast<int32_t>(model.max_tokens());
  info.normalize = model.normalized();
  info.cache_hits = model.cache_hits();
  info.cache_misses = model.cache_misses();
  info.precision = encoder::PrecisionOf(model.precision()).value_or(info.precision);
  return info;
}

service::EmbedResult FromWire(const v1::EmbedResponse& response) {
  service::EmbedResult result;
  result.model = response.model();
  result.model_fingerprint = response.model_fingerprint();
  for (const v1::Embedding& embedding : response.embeddings()) {
    result.embeddings.push_back({{embedding.values().begin(), embedding.values().end()},
                                 embedding.token_count(),
                                 embedding.truncated(),
                                 embedding.window_count()});
  }
  return result;
}

service::CollectionInfo FromWire(const v1::Collection& collection) {
  service::CollectionInfo info;
  info.spec.id = collection.name().substr(collection.name().find('/') + 1);
  info.spec.model = collection.model();
  info.spec.dimensions = collection.dimensions();
  info.spec.metric = FromWire(collection.metric());
  info.spec.vector_storage = FromWire(collection.vector_storage());
  info.bytes_per_vector = collection.bytes_per_vector();
  info.spec.params = {collection.index().m(), collection.index().ef_construction(),
                      collection.index().ef_search()};
  info.spec.lexical = {{collection.lexical().k1(), collection.lexical().b()},
                       collection.lexical().language()};
  info.lexical_terms = collection.lexical_terms();
  info.model_fingerprint = collection.model_fingerprint();
  info.document_count = collection.document_count();
  info.storage_bytes = collection.storage_bytes();
  info.memory_bytes = collection.memory_bytes();
  info.create_time_us = TimeUtil::TimestampToMicroseconds(collection.create_time());
  info.indexed_fraction = collection.indexed_fraction();
  return info;
}

storage::Document FromWire(const v1::Document& wire) {
  storage::Document document;
  document.id = wire.id();
  document.text = wire.text();
  document.metadata = FromStruct(wire.metadata());
  document.vector.assign(wire.vector().begin(), wire.vector().end());
  if (wire.has_expire_time()) {
    document.expire_time_us = TimeUtil::TimestampToMicroseconds(wire.expire_time());
  }
  return document;
}

static service::Explanation FromWire(const v1::Explanation& wire) {
  service::Explanation explanation;
  explanation.reason = wire.reason();
  for (const v1::Explanation::Leaf& leaf : wire.leaves()) {
    explanation.leaves.push_back({leaf.restriction(), leaf.points(), leaf.cached(), leaf.micros()});
  }
  explanation.filter_points = wire.filter_points();
  explanation.live_points = wire.live_points();
  explanation.ef = wire.ef();
  return explanation;
}

static service::Snippet FromWire(const v1::Snippet& wire) {
  service::Snippet snippet{wire.text(), wire.offset(), {}};
  for (const auto& highlight : wire.highlights())
    snippet.highlights.push_back({highlight.begin(), highlight.end()});
  return snippet;
}

static service::Packed FromWire(const v1::Packed& wire) {
  service::Packed packed{{}, wire.tokens()};
  for (const auto& passage : wire.passages()) {
    packed.passages.push_back({passage.id(), passage.text(), passage.offset(), passage.tokens()});
  }
  return packed;
}

service::SearchResult FromWire(const v1::SearchResponse& response) {
  service::SearchResult result;
  for (const v1::Hit& hit : response.hits()) {
    service::Hit& made = result.hits.emplace_back();
    made.score = hit.score();
    made.document = FromWire(hit.document());
    made.document.id = hit.id();
    made.match = {hit.dense_score(), hit.lexical_score(), hit.dense_rank(), hit.lexical_rank()};
    if (hit.has_group()) made.group = FromWire(hit.group());
    if (hit.has_snippet()) made.snippet = FromWire(hit.snippet());
  }
  result.path = FromWire(response.path());
  result.scored = response.scored();
  result.underfilled = response.underfilled();
  if (response.has_packed()) result.packed = FromWire(response.packed());
  if (response.has_explanation()) result.explanation = FromWire(response.explanation());
  result.next_page_token = response.next_page_token();
  return result;
}

}  // namespace voisin::test
