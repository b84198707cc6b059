#include "service/proto_collection.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "base/status_macros.h"
#include "service/errors.h"
#include "service/proto_common.h"

namespace voisin::service {
namespace {

constexpr uint32_t kDefaultPage = 100;
constexpr uint32_t kLargestPage = 1000;

absl::StatusOr<index::Metric> MetricFrom(v1::Metric metric) {
  switch (static_cast<int>(metric)) {
    case v1::METRIC_UNSPECIFIED:
    case v1::METRIC_COSINE:
      return index::Metric::cosine;
    case v1::METRIC_DOT:
      return index::Metric::dot;
    case v1::METRIC_L2:
      return index::Metric::l2;
  }
  return UnknownEnum("collection.metric", v1::Metric_MAX, metric);
}

v1::Metric ToProto(index::Metric metric) {
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

absl::StatusOr<index::VectorStorage> StorageFrom(v1::VectorStorage storage) {
  switch (static_cast<int>(storage)) {
    case v1::VECTOR_STORAGE_UNSPECIFIED:
    case v1::VECTOR_STORAGE_FLOAT32:
      return index::VectorStorage::float32;
    case v1::VECTOR_STORAGE_FLOAT16:
      return index::VectorStorage::float16;
    case v1::VECTOR_STORAGE_INT8:
      return index::VectorStorage::int8;
  }
  return UnknownEnum("collection.vector_storage", v1::VectorStorage_MAX, storage);
}

v1::VectorStorage ToProto(index::VectorStorage storage) {
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

index::IndexParams ParamsFrom(const v1::IndexParams& params) {
  index::IndexParams made;
  if (params.m() != 0) made.m = params.m();
  if (params.ef_construction() != 0) made.ef_construction = params.ef_construction();
  if (params.ef_search() != 0) made.ef_search = params.ef_search();
  return made;
}

v1::IndexParams ToProto(const index::IndexParams& params) {
  v1::IndexParams made;
  made.set_m(params.m);
  made.set_ef_construction(params.ef_construction);
  made.set_ef_search(params.ef_search);
  return made;
}

LexicalSpec LexicalFrom(const v1::LexicalParams& lexical) {
  LexicalSpec made;
  if (lexical.has_k1()) made.params.k1 = lexical.k1();
  if (lexical.has_b()) made.params.b = lexical.b();
  made.language = lexical.language();
  return made;
}

v1::LexicalParams ToProto(const LexicalSpec& lexical) {
  v1::LexicalParams made;
  made.set_k1(lexical.params.k1);
  made.set_b(lexical.params.b);
  made.set_language(lexical.language);
  return made;
}

struct Changed {
  bool m = false;
  bool ef_construction = false;
  bool ef_search = false;
  bool k1 = false;
  bool b = false;
  bool target_recall = false;
};

absl::Status MarkChanged(const std::string& path, Changed& changed) {
  const bool index = path == "index", lexical = path == "lexical";
  const Changed now{.m = index || path == "index.m",
                    .ef_construction = index || path == "index.ef_construction",
                    .ef_search = index || path == "index.ef_search",
                    .k1 = lexical || path == "lexical.k1",
                    .b = lexical || path == "lexical.b",
                    .target_recall = path == "target_recall"};
  if (!now.m && !now.ef_construction && !now.ef_search && !now.k1 && !now.b && !now.target_recall) {
    return InvalidField("update_mask",
                        "expected \"index\", \"index.m\", \"index.ef_construction\", \"index.ef_search\", "
                        "\"lexical\", \"lexical.k1\", \"lexical.b\" or \"target_recall\", got \"" +
                            path + "\"");
  }
  changed = {changed.m || now.m,
             changed.ef_construction || now.ef_construction,
             changed.ef_search || now.ef_search,
             changed.k1 || now.k1,
             changed.b || now.b,
             changed.target_recall || now.target_recall};
  return absl::OkStatus();
}

absl::StatusOr<Changed> ChangedBy(const v1::UpdateCollectionRequest& request) {
  const bool lexical = request.collection().has_lexical();
  const bool target = request.collection().target_recall() != 0;
  if (request.update_mask().paths().empty()) return Changed{true, true, true, lexical, lexical, target};
  Changed changed;
  for (const std::string& path : request.update_mask().paths()) RETURN_IF_ERROR(MarkChanged(path, changed));
  return changed;
}

// A token is the last id of the page before, in the web-safe base64 alphabet.
absl::StatusOr<std::string> LastIdIn(const std::string& token) {
  std::string id;
  if (absl::WebSafeBase64Unescape(token, &id)) return id;
  return InvalidField("page_token", "expected the next_page_token of a page, got \"" + token + "\"");
}

}  // namespace

absl::StatusOr<CollectionSpec> SpecFrom(v1::CreateCollectionRequest&& request) {
  v1::Collection& collection = *request.mutable_collection();
  CollectionSpec spec;
  spec.id = std::move(*request.mutable_collection_id());
  spec.model = std::move(*collection.mutable_model());
  spec.dimensions = collection.dimensions();
  ASSIGN_OR_RETURN(spec.metric, MetricFrom(collection.metric()));
  spec.params = ParamsFrom(collection.index());
  spec.lexical = LexicalFrom(collection.lexical());
  spec.target_recall = collection.target_recall();
  ASSIGN_OR_RETURN(spec.vector_storage, StorageFrom(collection.vector_storage()));
  spec.validate_only = request.validate_only();
  return spec;
}

v1::Collection ToProto(const CollectionInfo& info) {
  v1::Collection collection;
  collection.set_name(CollectionName(info.spec.id));
  collection.set_model(info.spec.model);
  collection.set_dimensions(info.spec.dimensions);
  collection.set_metric(ToProto(info.spec.metric));
  *collection.mutable_index() = ToProto(info.spec.params);
  collection.set_model_fingerprint(info.model_fingerprint);
  collection.set_document_count(info.document_count);
  collection.set_storage_bytes(info.storage_bytes);
  collection.set_memory_bytes(info.memory_bytes);
  *collection.mutable_create_time() = TimestampFromMicros(info.create_time_us);
  *collection.mutable_lexical() = ToProto(info.spec.lexical);
  collection.set_vector_storage(ToProto(info.spec.vector_storage));
  collection.set_bytes_per_vector(info.bytes_per_vector);
  collection.set_lexical_terms(info.lexical_terms);
  collection.set_indexed_fraction(info.indexed_fraction);
  collection.set_target_recall(info.spec.target_recall);
  if (info.measured_recall) collection.set_measured_recall(*info.measured_recall);
  return collection;
}

absl::StatusOr<ParamsChange> ChangeFrom(const v1::UpdateCollectionRequest& request) {
  ASSIGN_OR_RETURN(const Changed changed, ChangedBy(request));
  const index::IndexParams index = ParamsFrom(request.collection().index());
  const index::LexicalParams lexical = LexicalFrom(request.collection().lexical()).params;
  return [changed, index, lexical, target = request.collection().target_recall()](CollectionParams now) {
    if (changed.m) now.index.m = index.m;
    if (changed.ef_construction) now.index.ef_construction = index.ef_construction;
    if (changed.ef_search) now.index.ef_search = index.ef_search;
    if (changed.k1) now.lexical.k1 = lexical.k1;
    if (changed.b) now.lexical.b = lexical.b;
    if (changed.target_recall) now.target_recall = target;
    return now;
  };
}

absl::StatusOr<v1::ListCollectionsResponse> PageOf(const std::vector<CollectionInfo>& collections,
                                                   const v1::ListCollectionsRequest& request) {
  if (request.page_size() > kLargestPage) {
    return InvalidField("page_size", "expected at most 1000, got " + std::to_string(request.page_size()));
  }
  ASSIGN_OR_RETURN(const std::string last, LastIdIn(request.page_token()));
  const size_t size = request.page_size() == 0 ? kDefaultPage : request.page_size();
  auto next = std::partition_point(collections.begin(), collections.end(),
                                   [&](const CollectionInfo& info) { return info.spec.id <= last; });
  v1::ListCollectionsResponse page;
  for (size_t i = 0; i < size && next != collections.end(); ++i) *page.add_collections() = ToProto(*next++);
  if (next != collections.end()) {
    page.set_next_page_token(absl::WebSafeBase64Escape(std::prev(next)->spec.id));
  }
  return page;
}

}  // namespace voisin::service
