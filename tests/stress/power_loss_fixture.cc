#include "tests/stress/power_loss_fixture.h"

#include <algorithm>
#include <thread>

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

Documents SomeDocuments(const std::string& prefix, std::mt19937_64& random) {
  Documents documents;
  for (uint64_t i = 1 + random() % 8; i > 0; --i) {
    const std::string id = prefix + std::to_string(random() % kIds);
    documents.insert_or_assign(id, RandomDocument(id, random));
  }
  return documents;
}

// Sends a request again and again while the disk fails it.
template <typename Request>
void UntilItWorks(Request request) {
  absl::Status status = request();
  for (int i = 0; i < 1000 && absl::IsUnavailable(status); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    status = request();
  }
  EXPECT_TRUE(status.ok()) << status;
}

void Upsert(BlockingEngine& engine, const std::string& collection, const Documents& documents) {
  service::UpsertRequest request;
  request.collection = collection;
  for (const auto& [id, document] : documents) request.documents.push_back(document);
  UntilItWorks([&] { return engine.Upsert(request).status(); });
}

CollectionSpec SpecOf(const std::string& id) {
  CollectionSpec spec;
  spec.id = id;
  spec.dimensions = kDimensions;
  return spec;
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

// Empty when `found` is one of what is possible.
template <typename State>
std::string OneOf(const std::vector<State>& possible, const State& found, const std::string& whose) {
  if (std::ranges::find(possible, found) != possible.end()) return "";
  std::string problem = whose + ": expected";
  for (const State& state : possible) problem += Describe(state) + "\nor";
  return problem + " nothing else, found" + Describe(found);
}

}  // namespace

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

Workers::Workers(uint64_t seed) : random_(seed) {
  for (int i = 0; i < kWriters; ++i) {
    writers_.push_back({"w" + std::to_string(i) + "-", std::mt19937_64(random_()), {}, {}});
  }
}

void Workers::Work(BlockingEngine& engine, const DiskRecorder& disk) {
  for (const char* name : {kBusy, kStill}) {
    if (holdings_.now().collections.contains(name)) continue;
    holdings_.Begin(disk.position(), [name](Holdings& all) { all.collections[name]; });
    UntilItWorks([&] { return engine.CreateCollection(SpecOf(name)).status(); });
    holdings_.Acknowledge(disk.position());
  }
  std::vector<std::thread> threads;
  for (Writer& writer : writers_) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) Write(writer, engine, disk);
    });
  }
  Administer(engine, disk);
  for (std::thread& thread : threads) thread.join();
}

void Workers::Write(Writer& writer, BlockingEngine& engine, const DiskRecorder& disk) {
  Documents documents = SomeDocuments(writer.prefix, writer.random);
  const bool deletion = writer.random() % 4 == 0;
  writer.history.Begin(disk.position(), [documents, deletion](Documents& state) {
    for (const auto& [id, document] : documents) {
      deletion ? (void)state.erase(id) : (void)state.insert_or_assign(id, document);
    }
  });
  if (deletion) {
    service::DeleteRequest request;
    request.collection = kBusy;
    for (const auto& [id, document] : documents) request.ids.push_back(id);
    UntilItWorks([&] { return engine.Delete(request).status(); });
  } else {
    Upsert(engine, kBusy, documents);
  }
  writer.history.Acknowledge(disk.position());
}

void Workers::Administer(BlockingEngine& engine, const DiskRecorder& disk) {
  for (int i = 0; i < 5; ++i) {
    AddToStill(engine, disk);
    ChangeHoldings(engine, disk);
  }
}

void Workers::AddToStill(BlockingEngine& engine, const DiskRecorder& disk) {
  const Documents documents = SomeDocuments("s", random_);
  holdings_.Begin(disk.position(), [documents](Holdings& all) {
    for (const auto& [id, document] : documents) all.collections[kStill].insert_or_assign(id, document);
  });
  Upsert(engine, kStill, documents);
  holdings_.Acknowledge(disk.position());
}

void Workers::ChangeHoldings(BlockingEngine& engine, const DiskRecorder& disk) {
  const Holdings now = holdings_.now();
  const std::string name = "made" + std::to_string(++names_);
  const std::string snapshot = now.snapshots.empty() ? "" : now.snapshots.begin()->first;
  const size_t begun = disk.position();
  std::function<absl::Status()> request;
  if (snapshot.empty() || (now.snapshots.size() < 3 && random_() % 2 == 0)) {
    holdings_.Begin(begun, [name](Holdings& all) { all.snapshots[name] = all.collections[kStill]; });
    request = [&engine, name] { return engine.CreateSnapshot(kStill, name).status(); };
  } else if (now.collections.size() > 3) {
    const std::string doomed = now.collections.rbegin()->first == kStill
                                   ? std::next(now.collections.begin())->first
                                   : now.collections.rbegin()->first;
    holdings_.Begin(begun, [doomed](Holdings& all) { all.collections.erase(doomed); });
    request = [&engine, doomed] { return engine.DeleteCollection(doomed).status(); };
  } else if (random_() % 3 == 0) {
    holdings_.Begin(begun, [snapshot](Holdings& all) { all.snapshots.erase(snapshot); });
    request = [&engine, snapshot] { return engine.DeleteSnapshot(snapshot).status(); };
  } else {
    holdings_.Begin(begun,
                    [name, snapshot](Holdings& all) { all.collections[name] = all.snapshots[snapshot]; });
    request = [&engine, snapshot, name] { return engine.RestoreSnapshot(snapshot, name).status(); };
  }
  UntilItWorks(request);
  holdings_.Acknowledge(disk.position());
}

std::string Workers::Verify(OpenEngine& engine, size_t position) {
  if (!engine.status().ok()) return "it does not open: " + engine.status().ToString();
  if (std::string problem = VerifyHoldings(engine, position); !problem.empty()) return problem;
  return VerifyWriters(engine, position);
}

std::string Workers::VerifyHoldings(OpenEngine& engine, size_t position) {
  found_ = {};
  const auto collections = engine->ListCollections();
  if (!collections.ok()) return collections.status().ToString();
  for (const service::CollectionInfo& info : *collections) {
    const auto documents = engine.ListAll(info.spec.id);
    if (!documents) return info.spec.id + " is listed and not there";
    if (std::string problem = engine.CompareAnswers(info.spec.id, *documents); !problem.empty()) {
      return info.spec.id + ": " + problem;
    }
    found_.collections[info.spec.id] = info.spec.id == kBusy ? Documents() : *documents;
  }
  for (const auto& [id, problem] : engine.Snapshots()) {
    if (!problem.empty()) return "snapshot " + id + ": " + problem;
    const auto restored = engine->RestoreSnapshot(id, "try");
    if (!restored.ok()) return "snapshot " + id + ": " + restored.status().ToString();
    found_.snapshots[id] = engine.ListAll("try").value_or(Documents());
    if (!engine->DeleteCollection("try").ok()) return "a collection is not deleted";
  }
  return OneOf(holdings_.Possible(position), found_, "collections and snapshots");
}

std::string Workers::VerifyWriters(OpenEngine& engine, size_t position) {
  const Documents all = engine.ListAll(kBusy).value_or(Documents());
  for (Writer& writer : writers_) {
    writer.found.clear();
    for (const auto& [id, document] : all) {
      if (id.starts_with(writer.prefix)) writer.found[id] = document;
    }
    const auto possible = writer.history.Possible(position);
    if (std::string problem = OneOf(possible, writer.found, writer.prefix); !problem.empty()) return problem;
  }
  return "";
}

void Workers::GoOnFromFound() {
  holdings_.Restart(found_);
  for (Writer& writer : writers_) writer.history.Restart(writer.found);
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
