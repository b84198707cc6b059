#include "tests/stress/open_engine.h"

#include "absl/strings/str_cat.h"
#include "service/data_check.h"

namespace voisin::test {
namespace {

using service::CollectionSpec;
using storage::Document;

constexpr uint32_t kDimensions = 8;
constexpr uint64_t kIds = 40;  // of one writer
constexpr int kNumbers = 4;    // of the metadata field that filters ask for

Document RandomDocument(std::string id, std::mt19937_64& random) {
  std::normal_distribution<float> normal;
  Document document;
  document.text = "text " + std::to_string(random());
  document.metadata = {{"n", {static_cast<double>(random() % kNumbers)}}};
  for (uint32_t i = 0; i < kDimensions; ++i) document.vector.push_back(normal(random));
  document.id = std::move(id);
  return document;
}

std::vector<std::string> Find(BlockingEngine& engine, const std::string& collection,
                              const std::vector<float>& vector, uint32_t top_k, bool exact) {
  service::SearchRequest request;
  request.collection = collection;
  request.vector = vector;
  request.top_k = top_k;
  request.exact = exact;
  const auto result = engine.Search(std::move(request));
  EXPECT_TRUE(result.ok()) << result.status();
  std::vector<std::string> ids;
  if (!result.ok()) return ids;
  for (const service::Hit& hit : result->hits) ids.push_back(hit.document.id);
  return ids;
}

std::string CompareCounts(BlockingEngine& engine, const std::string& collection, const Documents& documents) {
  if (const auto count = engine.Count(collection); !count.ok() || *count != documents.size()) {
    return "the count is wrong";
  }
  for (int n = 0; n < kNumbers; ++n) {
    const auto matching = std::ranges::count_if(documents, [&](const auto& entry) {
      return std::get<double>(entry.second.metadata.at("n").data) == n;
    });
    const auto count = engine.Count(collection, "n = " + std::to_string(n));
    if (!count.ok()) return count.status().ToString();
    if (*count != static_cast<uint64_t>(matching)) return "a filtered count is wrong";
  }
  return "";
}

}  // namespace

Documents SomeDocuments(const std::string& prefix, std::mt19937_64& random) {
  Documents documents;
  for (uint64_t i = 1 + random() % 8; i > 0; --i) {
    const std::string id = prefix + std::to_string(random() % kIds);
    documents.insert_or_assign(id, RandomDocument(id, random));
  }
  return documents;
}

CollectionSpec SpecOf(const std::string& id) {
  CollectionSpec spec;
  spec.id = id;
  spec.dimensions = kDimensions;
  return spec;
}

service::UpsertRequest UpsertOf(const std::string& collection, const Documents& documents) {
  service::UpsertRequest request;
  request.collection = collection;
  for (const auto& [id, document] : documents) request.documents.push_back(document);
  return request;
}

std::string Describe(const Documents& documents) {
  std::string text;
  for (const auto& [id, document] : documents) text += " " + id + " (" + document.text + ")";
  return text;
}

std::string Describe(const Holdings& holdings) {
  std::string text;
  for (const auto& [id, documents] : holdings.collections)
    text += "\n  collection " + id + ":" + Describe(documents);
  for (const auto& [id, documents] : holdings.snapshots)
    text += "\n  snapshot " + id + ":" + Describe(documents);
  return text;
}

OpenEngine::OpenEngine(const std::filesystem::path& data_dir) {
  service::Engine::Options options;
  options.data_dir = data_dir;
  options.models_dir = data_dir.parent_path() / "models";
  options.threads = 2;
  options.seal_points = 50;
  auto opened = service::Engine::Open(options);
  status_ = opened.status();
  if (!opened.ok()) return;
  engine_ = *std::move(opened);
  engine_->WaitUntilReady();
  blocking_ = std::make_unique<BlockingEngine>(*engine_);
}

std::optional<Documents> OpenEngine::ListAll(const std::string& collection) {
  service::ListRequest request;
  request.collection = collection;
  request.page_size = 1000;
  request.mask.vector = true;
  const auto page = blocking_->List(request);
  if (absl::IsNotFound(page.status())) return std::nullopt;
  EXPECT_TRUE(page.ok()) << page.status();
  if (!page.ok()) return std::nullopt;
  EXPECT_EQ(page->next_page_token, "");
  Documents documents;
  for (const Document& document : page->documents) documents[document.id] = document;
  return documents;
}

std::string OpenEngine::CompareAnswers(const std::string& collection, const Documents& documents) {
  if (std::string problem = CompareCounts(*blocking_, collection, documents); !problem.empty())
    return problem;
  if (documents.empty()) return "";
  const auto all = Find(*blocking_, collection, documents.begin()->second.vector, 1000, true);
  if (all.size() != documents.size()) return "an exact search does not find everything";
  for (const auto& [id, document] : documents) {
    if (!documents.contains(id)) return id + " is found and not there";
    for (const bool exact : {true, false}) {
      if (Find(*blocking_, collection, document.vector, 1, exact) != std::vector{id}) {
        return id + " is not found by its vector, exact " + std::to_string(exact);
      }
    }
  }
  return "";
}

std::map<std::string, std::string> OpenEngine::Snapshots() {
  std::map<std::string, std::string> problems;
  const auto listed = blocking_->ListSnapshots();
  EXPECT_TRUE(listed.ok()) << listed.status();
  if (!listed.ok()) return problems;
  for (const service::SnapshotInfo& info : *listed) problems[info.id] = info.problem;
  return problems;
}

std::string OpenEngine::ReadAll(Holdings& found) {
  found = {};
  const auto collections = blocking_->ListCollections();
  if (!collections.ok()) return collections.status().ToString();
  for (const service::CollectionInfo& info : *collections) {
    const auto documents = ListAll(info.spec.id);
    if (!documents) return info.spec.id + " is listed and not there";
    if (std::string problem = CompareAnswers(info.spec.id, *documents); !problem.empty()) {
      return info.spec.id + ": " + problem;
    }
    found.collections[info.spec.id] = *documents;
  }
  for (const auto& [id, problem] : Snapshots()) {
    if (!problem.empty()) return absl::StrCat("snapshot ", id, ": ", problem);
    const auto restored = blocking_->RestoreSnapshot(id, "try");
    if (!restored.ok()) return "snapshot " + id + ": " + restored.status().ToString();
    found.snapshots[id] = ListAll("try").value_or(Documents());
    if (!blocking_->DeleteCollection("try").ok()) return "a collection is not deleted";
  }
  return "";
}

std::string CheckOffline(const std::filesystem::path& data_dir) {
  const auto parts = service::CheckDataDirectory(data_dir);
  if (!parts.ok()) return parts.status().ToString();
  for (const storage::CheckedPart& part : *parts) {
    if (part.problem_count > 0) return part.name + ": " + part.problems.front();
  }
  return "";
}

}  // namespace voisin::test
